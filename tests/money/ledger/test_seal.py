"""Heads: what was posted before one cannot be changed, added to or taken from without it showing."""

import json
from datetime import timedelta

import pytest

from arena.evidence import log
from arena.kit.clock import TapeClock
from arena.kit.db import Database
from arena.money.ledger import Kind, Leg, broken_heads, heads, post, seal


async def captured(db: Database, *numbers: int) -> None:
    async with db.transaction() as tx:
        for number in numbers:
            legs = [Leg("gateway:fake:balance", number), Leg("platform:fee_income", -number)]
            await post(
                tx, kind=Kind.PAYMENT_CAPTURED, idem=f"pay_{number}", reference="sub_1", legs=legs
            )


def next_day(db: Database) -> None:
    assert isinstance(db.clock, TapeClock)
    db.clock.move_to(db.clock.now() + timedelta(days=1))


@pytest.fixture
async def sealed(db: Database) -> Database:
    for numbers in ((1, 2), (3, 4)):
        await captured(db, *numbers)
        async with db.transaction() as tx:
            assert await seal(tx) is None  # the day is not over
        next_day(db)
        async with db.transaction() as tx:
            assert await seal(tx) is not None
    return db


async def test_a_head_is_logged_and_follows_from_the_one_before(sealed: Database) -> None:
    async with sealed.transaction() as tx:
        last, first = await heads(tx)
        assert await seal(tx) is None  # nothing was posted since
        assert last.at.hour == 0
        assert await broken_heads(tx) == []
        kept = json.loads((await log.leaf(tx, last.log_index)).entry)
    assert (first.number, first.entries, last.number, last.entries) == (1, 4, 2, 4)
    assert (first.debits, last.debits) == ({"USD": 3}, {"USD": 10})
    assert kept["type"] == "ledger_head/v1"
    assert (kept["sha"], kept["entry_max"], kept["debits"]) == (
        last.sha,
        str(last.entry_max),
        {"USD": "10"},
    )


FORGED = {
    "an amount": "update entry set amount = amount + 1 where id = (select min(id) from entry)",
    "a time": "update journal set at = at + interval '1 second' where idem = 'pay_1'",
    "an entry less": "delete from entry where id = (select min(id) from entry)",
}


@pytest.mark.parametrize("how", sorted(FORGED))
async def test_whoever_owns_the_tables_and_forges_them_is_found_out(
    sealed: Database, how: str
) -> None:
    async with sealed.transaction() as tx:
        await tx.execute(
            "alter table entry disable trigger all; alter table journal disable trigger all"
        )
        await tx.execute(FORGED[how])
        assert 1 in await broken_heads(tx)
