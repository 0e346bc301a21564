"""Computes kept cards again, one at a time, each in a process of its own beside everything else.

Those of built-in models; and, where strategies are hosted, those of creators' own whose code they have sent.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import structlog

from arena.kit.db import Database, Tx
from arena.kit.settings import Settings
from arena.signals.lab import ENGINE_VERSION, cards, sources
from arena.signals.strategists.apart import Broke, apart
from arena.signals.strategists.hosting.state import hosting_works, note_hosting

log = structlog.get_logger()
LOOK_EVERY_S = 30
CHILD = "arena.signals.strategists.reproduce_child"
WALL_FACTOR = (
    4  # a machine with other work to do gives a process a fourth of its time, or it is stuck
)


@dataclass(frozen=True, slots=True)
class Found:
    """What came of it; `lines` are differences, or one that says why there is nothing to compare. `told` is for the
    author alone: it may quote the code."""

    outcome: cards.Outcome
    lines: tuple[str, ...] = ()
    told: str = ""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A card, and for an own model its code."""

    kept: cards.Kept
    source: sources.KeptSource | None = None
    text: str = ""


async def reproduce_for_ever(db: Database, settings: Settings) -> None:
    """Beside the tape, by the wall clock. Ends at once where it is switched off."""
    while settings.reproduce_cards:
        if await reproduce_next(db, settings) is None:
            await asyncio.sleep(LOOK_EVERY_S)


async def reproduce_next(db: Database, settings: Settings) -> cards.Outcome | None:
    """Computes the oldest card that waits and writes down what came of it; None where none does, or where its code
    cannot be hosted any more."""
    async with db.transaction(readonly=True) as tx:
        waiting = await _next(tx, settings)
    if waiting is None:
        return None
    try:
        told = await apart(CHILD, _asked(waiting, settings), seconds_max=_wall_s(waiting, settings))
    except Broke as broke:
        told = {"outcome": "failed", "lines": [str(broke)], "told": str(broke)}
    if told["outcome"] == "cannot_host":
        async with db.transaction() as tx:
            await note_hosting(tx, is_on=True, works=False, why=told["lines"][0])
        log.warning("strategies cannot be hosted", why=told["lines"][0])
        return None
    found = Found(told["outcome"], tuple(told["lines"]), told["told"])
    async with db.transaction() as tx:
        await _note(tx, waiting, found)
    log.info("card computed again", sha=waiting.kept.sha, outcome=found.outcome)
    return found.outcome


async def _next(tx: Tx, settings: Settings) -> _Waiting | None:
    """Built-in models first: they are quicker, and nobody's turn to wait for."""
    kept = await cards.next_waiting(tx, ENGINE_VERSION)
    if kept is not None:
        return _Waiting(kept)
    if not settings.host_strategies or not await hosting_works(tx):
        return None
    found = await sources.next_card(tx, ENGINE_VERSION)
    if found is None:
        return None
    sha, source = found
    return _Waiting(await cards.card(tx, sha), source, await sources.text_of(tx, settings, source))


async def _note(tx: Tx, waiting: _Waiting, found: Found) -> None:
    """In public what differs; to the author of the code everything."""
    await cards.note_reproduction(
        tx, waiting.kept.sha, found.outcome, engine_version=ENGINE_VERSION, differences=found.lines
    )
    if waiting.source is not None:
        words = found.told or "\n".join(found.lines) or "Every figure is the same."
        line = sources.Line("card", found.outcome == "reproduced", words)
        await sources.note_report(
            tx, waiting.source, "card", found.outcome, [line], about=waiting.kept.sha
        )


def _asked(waiting: _Waiting, settings: Settings) -> dict[str, Any]:
    source, sha = waiting.source, waiting.kept.sha
    code: Mapping[str, Any] | None = None if source is None else {
        "text": waiting.text, "class_name": source.class_name, "file_name": source.file_name,
        # Nobody outside can know it, so no strategy can be written for the futures that are tried.
        "seed": int.from_bytes(settings.vault.digest("look-ahead", sha.encode())[:4], "big"),
    }  # fmt: skip
    return {
        "card": waiting.kept.body, "data": str(settings.data) if settings.data else None, "code": code,
        "seconds_max": settings.reproduce_seconds_max, "memory_mb_max": settings.reproduce_memory_mb_max,
    }  # fmt: skip


def _wall_s(waiting: _Waiting, settings: Settings) -> float:
    """A strategy of somebody's own that idles would hold up all others: it has this time by the wall, too."""
    return settings.reproduce_seconds_max * (1 if waiting.source is not None else WALL_FACTOR)
