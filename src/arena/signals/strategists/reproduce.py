"""Computes kept cards of built-in models again, one at a time, each in a process of its own beside everything else."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from dataclasses import dataclass
from typing import Any

import structlog

from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.signals.lab import ENGINE_VERSION, cards

log = structlog.get_logger()
LOOK_EVERY_S = 30
ANSWER_BYTES_MAX = 1_000_000
WALL_FACTOR = (
    4  # a machine with other work to do gives a process a fourth of its time, or it is stuck
)


@dataclass(frozen=True, slots=True)
class Found:
    """What came of it; `lines` are differences, or one that says why there is nothing to compare."""

    outcome: cards.Outcome
    lines: tuple[str, ...] = ()


async def reproduce_for_ever(db: Database, settings: Settings) -> None:
    """Beside the tape, by the wall clock. Ends at once where it is switched off."""
    while settings.reproduce_cards:
        if await reproduce_next(db, settings) is None:
            await asyncio.sleep(LOOK_EVERY_S)


async def reproduce_next(db: Database, settings: Settings) -> cards.Outcome | None:
    """Computes the oldest card that waits and writes down what came of it; None where none does."""
    async with db.transaction(readonly=True) as tx:
        waiting = await cards.next_waiting(tx, ENGINE_VERSION)
    if waiting is None:
        return None
    found = await _apart(waiting.body, settings)
    async with db.transaction() as tx:
        await cards.note_reproduction(
            tx, waiting.sha, found.outcome, engine_version=ENGINE_VERSION, differences=found.lines
        )
    log.info("card computed again", sha=waiting.sha, outcome=found.outcome)
    return found.outcome


async def _apart(card: Any, settings: Settings) -> Found:
    """Asks a process of its own, which is killed when it takes too long."""
    asked = {
        "card": card, "data": str(settings.data) if settings.data else None,
        "seconds_max": settings.reproduce_seconds_max, "memory_mb_max": settings.reproduce_memory_mb_max,
    }  # fmt: skip
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "arena.signals.strategists.reproduce_child",
        stdin=PIPE, stdout=PIPE, stderr=PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(settings.reproduce_seconds_max * WALL_FACTOR):
            answer, words = await child.communicate(json.dumps(asked).encode())
    except TimeoutError:
        return Found("failed", ("It took too long.",))
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode or len(answer) > ANSWER_BYTES_MAX:
        log.warning("a card could not be computed", words=words.decode(errors="replace")[-2000:])
        return Found("failed", ("It took too much time or memory, or it broke.",))
    told = json.loads(answer)
    return Found(told["outcome"], tuple(told["lines"]))
