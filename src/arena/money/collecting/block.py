"""Refuse calls by key to whoever has owed for calls too long; let them through again the moment that is settled."""

from datetime import timedelta

from arena.kit.db import Database, Tx
from arena.money import usage
from arena.money.collecting import store
from arena.money.collecting.model import BillSettled, CallsBlocked


async def block_late(db: Database, *, grace: timedelta) -> int:
    """How many subjects were blocked or let through again. Safe to run twice, at once or late."""
    async with db.transaction() as tx:
        late = dict(await store.late_subjects(tx, tx.now - grace))
        moved = 0
        for subject, since in sorted(late.items()):
            if await usage.block(tx, subject, blocked=True):
                await tx.record(CallsBlocked(subject, since))
                moved += 1
        for subject in await usage.blocked(tx):
            if subject not in late:
                moved += await usage.block(tx, subject, blocked=False)
    return moved


async def let_through(tx: Tx, fact: BillSettled, *, grace: timedelta) -> None:
    """The reaction to a bill that is settled: calls go on at once, where no other one is as late."""
    late = dict(await store.late_subjects(tx, tx.now - grace))
    if fact.subject not in late:
        await usage.block(tx, fact.subject, blocked=False)
