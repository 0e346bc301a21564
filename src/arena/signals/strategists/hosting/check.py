"""Checks the strategies that creators have sent, one after the other, in the sandbox, beside the tape."""

import asyncio

import structlog

from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.signals.lab import sources
from arena.signals.strategists.apart import Broke, apart
from arena.signals.strategists.hosting.state import OFF, note_hosting

log = structlog.get_logger()
LOOK_EVERY_S = 5
AGAIN_S = 600
TRY_S = 60.0
CHECK_S = 300
CHILD = "arena.signals.strategists.hosting.check_child"


async def check_for_ever(db: Database, settings: Settings) -> None:
    """Says in the log whether strategies are hosted, and looks at what is sent. Ends at once where they are not."""
    if not settings.host_strategies:
        async with db.transaction() as tx:
            await note_hosting(tx, is_on=False, works=False)
        log.info(OFF)
        return
    while True:
        if not await try_hosting(db):
            await asyncio.sleep(AGAIN_S)
            continue
        while (outcome := await check_next(db, settings)) != "cannot_host":
            if outcome is None:
                await asyncio.sleep(LOOK_EVERY_S)


async def try_hosting(db: Database) -> bool:
    """Whether a process can shut itself in on this machine; written down and told to the log."""
    try:
        why = (await apart(CHILD, {"code": None}, seconds_max=TRY_S))["cannot_host"]
    except Broke as broke:
        why = str(broke)
    async with db.transaction() as tx:
        await note_hosting(tx, is_on=True, works=why is None, why=why or "")
    if why is None:
        log.info("strategies are hosted, each in a process behind the kernel's walls")
    else:
        log.warning("strategies cannot be hosted", why=why, again_in_s=AGAIN_S)
    return why is None


async def check_next(db: Database, settings: Settings) -> str | None:
    """Looks at the oldest source that waits: passed or refused; None where none does, `cannot_host` where this machine
    cannot."""
    async with db.transaction(readonly=True) as tx:
        found = await sources.next_unchecked(tx)
        text = "" if found is None else await sources.text_of(tx, settings, found)
    if found is None:
        return None
    seed = int.from_bytes(settings.vault.digest("look-ahead", found.id.encode())[:4], "big")
    code = {
        "text": text, "class_name": found.class_name, "file_name": found.file_name, "seed": seed,
    }  # fmt: skip
    try:
        told = await apart(CHILD, {"code": code, "seconds_max": CHECK_S}, seconds_max=CHECK_S)
    except Broke as broke:
        told = {"cannot_host": None, "lines": [["checks", False, str(broke)]]}
    if told["cannot_host"] is not None:
        async with db.transaction() as tx:
            await note_hosting(tx, is_on=True, works=False, why=told["cannot_host"])
        return "cannot_host"
    lines = [sources.Line(*line) for line in told["lines"]]
    outcome = "refused" if any(line.passed is False for line in lines) else "passed"
    async with db.transaction() as tx:
        await sources.note_report(tx, found, "checks", outcome, lines)
    log.info("strategy checked", sha=found.sha, outcome=outcome)
    return outcome
