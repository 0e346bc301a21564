"""At the close of a bar the hosted strategies decide, beside each other; those whose target changed publish.

It is part of the tape's step, as the decisions of built-in strategies are, so that a replay goes the same way; each has
half a second a bar, and one that fails at three bars in a row is given up. Their code runs in none of our processes.
"""

import asyncio
import contextlib
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import structlog

from arena.kit.clock import from_ms, to_ms
from arena.kit.db import Database, Tx
from arena.kit.errors import ArenaError, Unavailable
from arena.kit.settings import Settings
from arena.people.access import Actor
from arena.people.identity import active_key
from arena.signals import feeds
from arena.signals.feeds import Signal, sign
from arena.signals.lab import document, sources
from arena.signals.lab.strategy import Target
from arena.signals.strategists.decide import terms_of
from arena.signals.strategists.hosting import store
from arena.signals.strategists.hosting.begin import end_hosting, hosting_key
from arena.signals.strategists.hosting.model import FAILURES_MAX, Due, HostingFailed, HostingStatus
from arena.signals.strategists.model import Employed
from arena.trading.market import instrument, tape
from arena.trading.venues import whole_ms

log = structlog.get_logger()
CHILD = "arena.signals.strategists.hosting.feed_child"
ANSWER_S = 60.0
ATTEMPTS = 2
LINE_BYTES_MAX = 4_000_000


class _Lost(Exception):
    """The process that holds the strategies has gone, or does not answer."""


@dataclass(slots=True)
class _Held:
    """What the process has been shown of a feed: bars up to, not including, this one."""

    next_ms: int


class HostingDesk:
    """One per worker. Its process begins with the first feed and is begun anew where it was lost."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db = db
        self._settings = settings
        self._process: Process | None = None
        self._held: dict[str, _Held] = {}

    async def decide(self, at: datetime) -> list[Signal]:
        """The signals published for the bars that closed at `at`; called again for the same bars, nothing."""
        if not self._settings.host_strategies:
            return []
        async with self._db.transaction(readonly=True) as tx:
            found = await store.due(tx, at)
            interval_s = (await tape(tx)).interval_s if found else 0
            ending = {one.hosting.id: why for one in found if (why := await _why_over(tx, one))}
        for hosting_id, why in ending.items():
            async with self._db.transaction() as tx:
                await end_hosting(tx, hosting_id, HostingStatus.STOPPED, why)
        due = [one for one in found if one.hosting.id not in ending]
        await self._forget_others(store.ids(due))
        answers = await self._answers_after_all(due, at, interval_s)
        published = []
        for one in due:
            answer = answers.get(one.hosting.id)
            if answer is None:
                continue
            if "failed" in answer:
                await self._failed(one, at, answer["failed"])
            elif (signal := await self._taken(one, at, interval_s, answer)) is not None:
                published.append(signal)
        return published

    async def close(self) -> None:
        """Ends the process, and all that it holds; the next decision begins it anew."""
        process, self._process = self._process, None
        self._held.clear()
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _answers_after_all(
        self, due: Sequence[Due], at: datetime, interval_s: int
    ) -> dict[str, dict[str, Any]]:
        """Where the process is lost it is begun anew at once; lost again, nobody decides at this bar."""
        for _ in range(ATTEMPTS):
            try:
                return await self._answers(due, at, interval_s)
            except _Lost as lost:
                log.error("the process of hosted strategies was lost", why=str(lost))
                await self.close()
        return {}

    async def _answers(
        self, due: Sequence[Due], at: datetime, interval_s: int
    ) -> dict[str, dict[str, Any]]:
        """What each wants, by hosting; those without a new bar are left out. Raises _Lost."""
        answers: dict[str, dict[str, Any]] = {}
        rows: dict[str, list[Any]] = {}
        until = at - timedelta(seconds=interval_s)
        for one in due:
            hosting_id = one.hosting.id
            if hosting_id not in self._held:
                loaded = await self._ask({"load": await self._loading(one, interval_s)})
                if "failed" in loaded:
                    answers[hosting_id] = loaded
                    continue
                self._held[hosting_id] = _Held(loaded["next_ms"])
            held = self._held[hosting_id]
            async with self._db.transaction(readonly=True) as tx:
                fresh = await store.bars_since(
                    tx, one.instrument, from_ms(max(held.next_ms, 0)), until
                )
            if fresh:
                rows[hosting_id] = fresh
                held.next_ms = fresh[-1][0] + interval_s * 1000
        if rows:
            answers |= await self._ask({"take": rows})
        for hosting_id, answer in answers.items():
            if "failed" in answer:
                self._held.pop(hosting_id, None)
        return answers

    async def _loading(self, one: Due, interval_s: int) -> dict[str, Any]:
        hosting = one.hosting
        async with self._db.transaction(readonly=True) as tx:
            source = await sources.source_by_id(tx, hosting.source_id)
            text = await sources.text_of(tx, self._settings, source)
            model = (await document(tx, hosting.model_config_sha)).body
            policy = (await document(tx, hosting.policy_sha)).body
            traded = await instrument(tx, one.instrument)
        return {
            "id": hosting.id, "text": text, "class_name": source.class_name, "file_name": source.file_name,
            "parameters": model["parameters"], "policy": policy, "interval_s": interval_s,
            "begins_ms": to_ms(hosting.begun_at), "memory_mb": self._settings.hosted_memory_mb_max,
            "instrument": {
                "symbol": traded.symbol, "base": traded.base, "quote": traded.quote, "tick": str(traded.tick),
                "step": str(traded.step), "notional_min": str(traded.notional_min),
            },
        }  # fmt: skip

    async def _ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Raises _Lost."""
        process = self._process
        if process is None or process.returncode is not None:
            self._held.clear()
            process = self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", CHILD, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, limit=LINE_BYTES_MAX,
                start_new_session=True,
            )  # fmt: skip
        assert process.stdin is not None, "it was asked for"
        assert process.stdout is not None, "it was asked for"
        try:
            async with asyncio.timeout(ANSWER_S):
                process.stdin.write(json.dumps(question).encode() + b"\n")
                await process.stdin.drain()
                line = await process.stdout.readline()
                if not line:
                    raise _Lost("it ended")
                answer: dict[str, Any] = json.loads(line)
                return answer
        except (TimeoutError, OSError, ValueError) as broken:
            raise _Lost(f"{type(broken).__name__}: {broken}") from broken

    async def _forget_others(self, at_work: Sequence[str]) -> None:
        """Those that have ended need no process any more."""
        if not self._held or not at_work:
            return
        for hosting_id in self._held.keys() - set(at_work):
            del self._held[hosting_id]
            with contextlib.suppress(_Lost):
                await self._ask({"end": hosting_id})

    async def _taken(
        self, one: Due, at: datetime, interval_s: int, answer: dict[str, Any]
    ) -> Signal | None:
        """Notes the decision and publishes where it changed, in one transaction; a refusal counts as a failure."""
        wanted = None if answer["wanted"] is None else _target(answer["wanted"])
        try:
            async with self._db.transaction() as tx:
                await store.note_decided(
                    tx, one.hosting.id, at, busy_ms=answer["busy_ms"], memory_kb=answer["memory_kb"]
                )
                fresh = tx.now - at <= timedelta(seconds=interval_s)
                if wanted is None or wanted.weight == one.weight or not fresh:
                    return None
                return await self._publish(tx, one, wanted, at=at, interval_s=interval_s)
        except Unavailable:
            raise
        except ArenaError as refused:
            await self._failed(one, at, f"Its signal was refused: {refused}")
            return None

    async def _publish(
        self, tx: Tx, one: Due, wanted: Target, *, at: datetime, interval_s: int
    ) -> Signal:
        hosting = one.hosting
        key = hosting_key(self._settings, hosting.id)
        as_employed = Employed(
            hosting.feed_id, one.collective_id, "", "", {}, one.instrument, one.tick, one.lineage, one.last_sequence,
            one.last_hash, one.weight, hosting.decided_at,
        )  # fmt: skip
        issued_at = max(at, whole_ms(tx.now))
        signed = sign(terms_of(as_employed, wanted, key, issued_at, interval_s=interval_s), key)
        actor = Actor("collective", one.collective_id, key_id=signed.terms.key_id)
        return await feeds.publish(tx, signed, actor=actor, settings=self._settings)

    async def _failed(self, one: Due, at: datetime, words: str) -> None:
        """Written down for the owner; at the last time it is given up, and a fact tells of it."""
        hosting = one.hosting
        async with self._db.transaction() as tx:
            failures = await store.note_failed(tx, hosting.id, at)
            source = await sources.source_by_id(tx, hosting.source_id)
            await sources.note_report(
                tx, source, "feed", "failed", [sources.Line("feed", False, words)], about=hosting.feed_id
            )  # fmt: skip
            if failures >= FAILURES_MAX:
                why = f"Its strategy failed at {failures} bars in a row."
                await end_hosting(tx, hosting.id, HostingStatus.FAILED, why)
                await tx.record(HostingFailed(hosting.id, hosting.feed_id))
        log.warning("a hosted strategy failed", feed=hosting.feed_id, times=failures)


async def _why_over(tx: Tx, one: Due) -> str | None:
    """Why the arena must decide no more; None where nothing has changed."""
    hosting = one.hosting
    if not one.is_open:
        return "The feed was closed."
    if await active_key(tx, hosting.key_id, tx.now) is None:
        return "The key it signed with was revoked, or its collective is not active."
    named = (one.lineage["model_config_sha"], one.lineage["policy_sha"])
    if named != (hosting.model_config_sha, hosting.policy_sha):
        return "The feed has another lineage now."
    return None


def _target(told: dict[str, Any]) -> Target:
    return Target(
        Decimal(told["weight"]), Decimal(told["confidence"]), told["rationale"], told["limit_price"],
        told["stop_price"], told["take_profit_price"], told["valid_bars"],
    )  # fmt: skip
