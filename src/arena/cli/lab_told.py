"""A sweep on this machine told to an arena: its trials first, then how far it is, then what came of it."""

import asyncio
import json
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from arena.cli.lab_line import ATTEMPTS_MAX, Json, key_in, open_line
from arena.cli.trouble import Trouble

EVERY_S = 1.0
BYTES_MAX, MEMBERS_MAX = 200_000, 1000
"""Of one call that registers trials: the arena takes 256 KiB, and a thousand at a time."""


class Cancelled(Exception):
    """Its owner has cancelled the sweep in the arena."""


class Told:
    """A sweep that an arena follows. Trouble on the way there never stops it; only its being cancelled does."""

    def __init__(self, origin: str, key: Path, console: Console) -> None:
        """Raises Trouble where the key cannot be read."""
        key_in(key)
        self._origin, self._key, self._console = origin.rstrip("/"), key, console
        self._sweep_id = ""
        self._newest: Any = None
        self._over = threading.Event()
        self._cancelled = False
        self._lost = False
        self._thread = threading.Thread(target=self._tell_for_ever, daemon=True)

    def register(
        self, model: Any, shared: dict[str, Any], members: Sequence[dict[str, int]]
    ) -> None:
        """All these configurations as trials, before any of them runs. Raises Trouble."""
        from arena.signals.lab.sweeps import ENGINE, member_documents

        made = (
            member_documents(model.strategy, one, kind=model.kind, code_version=model.code_version)
            for one in members
        )
        head = {"kind": "sweep_member", "engine_version": ENGINE, "shared": shared}
        for some in _batches(made, BYTES_MAX - len(json.dumps(head))):
            self._call("POST", "/lab/trials", {**head, "trials": some})

    def open(self, draft: dict[str, Any]) -> None:
        """Opens the sweep, or goes on with it, and begins to tell. Raises Trouble."""
        opened = self._call("POST", "/lab/sweeps", draft)
        self._sweep_id = opened["id"]
        self._console.print(
            f"followed at {self._origin}/studio/lab/sweeps/{self._sweep_id}", highlight=False,
            soft_wrap=True,
        )  # fmt: skip
        if opened["status"] == "running":
            self._thread.start()
        else:
            self._over.set()

    def reached(self, at: Any) -> None:
        """Takes note of how far it is; another thread tells it. Raises Cancelled."""
        self._newest = at
        if self._cancelled:
            raise Cancelled

    def end(self, status: str, *, summary: dict[str, Any] | None = None, why: str | None = None) -> None:  # fmt: skip
        """Says how it ended; where that cannot be said, tells the person here how to."""
        if not self._sweep_id or self._over.is_set():
            return
        self._over.set()
        self._thread.join()
        body = {"status": status, "summary": summary, "why": why and why[:500]}
        if self._newest is not None:
            body["reached"] = _reached(self._newest)
        if self._cancelled:
            return
        try:
            self._call("POST", f"/lab/sweeps/{self._sweep_id}/end", body)
        except Trouble as broken:
            self._say(
                f"the arena was not told how it ended ({broken}): the same command tells it again"
            )

    def _tell_for_ever(self) -> None:
        told: Any = None
        while not self._over.wait(EVERY_S):
            newest = self._newest
            if newest is None or (newest is told and not self._lost):
                continue
            try:
                answer = self._call(
                    "PUT", f"/lab/sweeps/{self._sweep_id}/progress", _reached(newest), attempts=1
                )
            except Trouble as broken:
                if not self._lost:
                    self._say(f"the arena is not told for now, the sweep goes on ({broken})")
                self._lost = True
                continue
            if self._lost:
                self._say("the arena is told again")
            told, self._lost = newest, False
            if answer["status"] != "running":
                self._cancelled = True
                return

    def _call(self, method: str, path: str, body: Json, *, attempts: int = ATTEMPTS_MAX) -> Any:
        """From whichever thread. Raises Trouble."""

        async def call() -> Any:
            async with open_line(self._origin, self._key) as line:
                return await line.send(method, path, body, attempts=attempts)

        return asyncio.run(call())

    def _say(self, words: str) -> None:
        self._console.print(f"[yellow]{words}[/]", highlight=False, soft_wrap=True)


def shared_documents(study: Any) -> dict[str, Any]:
    """What all trials of the study share: `pack` and `policy`."""
    from arena.signals.lab.documents import Policy, bars_document

    return {"pack": bars_document(study.bars), "policy": Policy(rules=study.rules).document()}


def draft_of(
    asked: dict[str, Any],
    model: Any,
    shared: dict[str, Any],
    *,
    count: int,
    out: Path,
) -> dict[str, Any]:
    """The sweep as the arena is told of it."""
    searched, drawn = asked["optimise"] is not None, asked["random"] is not None
    return {
        "name": asked.get("name") or f"{model.strategy.name} on {asked['symbol']}, {asked['interval']}",
        "model": model.strategy.name, "kind": model.kind, "code_version": model.code_version,
        "method": "optimise" if searched else "random" if drawn else "grid",
        "less": [[word.strip() for word in text.split(",")] for text in asked["less"]], "configurations": count,
        "seed": asked["seed"] if searched or drawn else 0, **shared,
        "command": f"arena lab sweep --resume --out {out.resolve()}"[:500],
    }  # fmt: skip


def _reached(at: Any) -> dict[str, Any]:
    best = None if at.best is None else dict(at.best)
    return {"done": at.done, "per_second": at.per_second, "best": best}


def _batches(members: Iterable[dict[str, Any]], bytes_max: int) -> Iterator[list[dict[str, Any]]]:
    """As many at a time as one call takes."""
    batch: list[dict[str, Any]] = []
    size = 0
    for one in members:
        length = len(json.dumps(one)) + 1
        if batch and (size + length > bytes_max or len(batch) == MEMBERS_MAX):
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += length
    if batch:
        yield batch
