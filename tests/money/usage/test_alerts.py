"""Alerts: once for each share of a cap; a cap that is set anew has its own, and is looked at when it is set."""

from arena.kit.db import Database
from arena.money import usage
from arena.people.access import SYSTEM
from tests.money.usage.test_meter import CALLER, call, plan


async def told(db: Database) -> list[int]:
    async with db.transaction() as tx:
        facts = await tx.fetch("select body from fact where kind = 'UsageAlerted' order by id")
    return [fact["body"]["percent"] for fact in facts]


async def cap(db: Database, meter: usage.Meter, cents: int | None) -> None:
    async with db.transaction() as tx:
        await usage.set_cap(tx, CALLER.id, cents, actor=SYSTEM)
    meter.forget(CALLER.id)  # the news, which a bus would bring


async def test_a_cap_that_is_lowered_to_what_is_used_is_told_of_at_once(db: Database) -> None:
    await plan(db, cap=1_000)
    meter = usage.Meter(db)
    await call(meter, 90)
    await meter.flush()
    assert await told(db) == []
    await cap(db, meter, 90)
    assert await told(db) == [100]
    assert await call(meter) == 0
    await cap(db, meter, 90)
    assert await told(db) == [100], "it is the same cap"


async def test_a_cap_that_is_raised_is_told_of_as_it_comes_near_in_its_turn(db: Database) -> None:
    await plan(db, cap=100)
    meter = usage.Meter(db)
    await call(meter, 100)
    await meter.flush()
    assert await told(db) == [100], "the highest of those that were passed at once"
    await cap(db, meter, 190)
    assert await told(db) == [100], "whoever raises a cap knows what is used"
    await call(meter, 60)
    await meter.flush()
    assert await told(db) == [100, 80]
    await cap(db, meter, 160)
    assert await told(db) == [100, 80, 100]
    await cap(db, meter, None)
    await cap(db, meter, 160)
    assert await told(db) == [100, 80, 100, 100], "calls were let through, and are refused again"
