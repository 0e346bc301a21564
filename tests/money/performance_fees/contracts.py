"""A contract of a copier and a creator, read and closed: what tests of performance fees share."""

from datetime import UTC, datetime
from typing import Any

from arena.kit.clock import TapeClock
from arena.kit.db import Database, Tx
from arena.kit.signing import SigningKey
from arena.money import performance_fees as fees
from arena.money.performance_fees.model import Contract
from arena.people.access import SYSTEM

KEY = SigningKey(b"f" * 32)
OCTOBER, QUARTER = datetime(2021, 10, 1, tzinfo=UTC), datetime(2022, 1, 1, tzinfo=UTC)
SPRING = datetime(2022, 4, 1, tzinfo=UTC)
COPIER = fees.Copier("usr_copier", "DE", us_person=False)


async def agreed(
    db: Database,
    *,
    mode: fees.Mode = "charged",
    copier: fees.Copier = COPIER,
    equity: int = 2_000_000,
) -> Contract:
    """Under the default terms, on the first of October."""
    move(db, OCTOBER)
    async with db.transaction() as tx:
        await fees.switch(tx, "DE", mode, reason="asked our lawyer", actor=SYSTEM)
        await fees.set_offer(tx, "usr_creator", fees.Terms(), actor=SYSTEM)
        return await fees.agree(tx, copier, "usr_creator", "acc_1", equity=equity, key=KEY)


def move(db: Database, at: datetime) -> None:
    assert isinstance(db.clock, TapeClock)
    db.clock.move_to(at)


async def read(db: Database, contract: Contract, at: datetime, equity: int, flow: int = 0) -> None:
    reading = fees.Reading("acc_1", at, equity, flow)
    async with db.transaction() as tx:
        await fees.observe(tx, contract.id, reading, reference=f"{at}:{flow}", key=KEY)


async def closed(db: Database, at: datetime) -> int:
    move(db, at)
    return await fees.close_due(db, platform_bps=1_500, key=KEY)


async def owes(tx: Tx) -> tuple[int, int]:
    """What the copier owes, and what is set aside beside it; cents."""
    row = await tx.one(
        """select debits_posted - credits_posted as owed, debits_pending as aside from ledger_account
           where code = 'receivable:usr_copier'"""
    )
    return row["owed"], row["aside"]


async def files(db: Database, contract: Contract) -> list[dict[str, Any]]:
    """Oldest first."""
    async with db.transaction() as tx:
        made = await fees.statements(tx, contract.id, "usr_copier")
        return [
            await fees.statement_file(tx, each.id, "usr_copier", KEY) for each in reversed(made)
        ]


def power_cut(*_: object, **__: object) -> None:
    raise ConnectionError
