"""Of what was invoiced, the creator's share of what is outstanding waits, no more; its hold starts as it is paid."""

import random
from datetime import datetime, timedelta

import pytest

from arena.kit.db import Database
from arena.kit.money import Money, allocate
from arena.kit.settings import Settings
from arena.money import earnings, ledger
from tests.money.creators import balances, pass_time

WEEK = timedelta(days=7)
MAKER, CONTRACT = "usr_maker", "pfc_1"


async def invoiced(db: Database, name: str, amount: int, *, platform_bps: int = 1_500) -> None:
    creator, platform = allocate(amount, [10_000 - platform_bps, platform_bps])
    legs = [ledger.Leg("receivable:usr_1", amount)]
    legs += [
        ledger.Leg(code, -part)
        for code, part in ((f"creator:{MAKER}:pending", creator), ("platform:fee_income", platform))
        if part
    ]
    async with db.transaction() as tx:
        await ledger.post(
            tx, kind=ledger.Kind.PERFORMANCE_FEE, idem=name, reference=CONTRACT, legs=legs
        )


async def paid(db: Database, name: str, amount: int) -> None:
    async with db.transaction() as tx:
        await ledger.post(
            tx, kind=ledger.Kind.RECEIVABLE_PAID, idem=name, reference=CONTRACT,
            legs=[ledger.Leg("gateway:fake:balance", amount), ledger.Leg("receivable:usr_1", -amount)],
        )  # fmt: skip


async def matured(db: Database) -> dict[str, int]:
    await earnings.mature_due(db, WEEK)
    return await balances(db, MAKER)


async def test_a_tiny_unpaid_fee_holds_back_its_own_share_only(db: Database) -> None:
    await invoiced(db, "pfs_1", 30)
    pass_time(db, timedelta(days=90))
    await invoiced(db, "pfs_2", 200_000)
    await paid(db, "pay_2", 200_000)
    pass_time(db, WEEK)
    assert await matured(db) == {"available": 170_000, "pending": 26}, "rounded up"
    await paid(db, "pay_1", 30)
    pass_time(db, WEEK)
    assert await matured(db) == {"available": 170_026}


async def test_a_period_that_is_paid_is_free_although_the_one_before_is_not(db: Database) -> None:
    await invoiced(db, "pfs_1", 10_000)
    pass_time(db, timedelta(days=30))
    await invoiced(db, "pfs_2", 30_000)
    await paid(db, "pay_2", 30_000)
    pass_time(db, WEEK)
    assert await matured(db) == {"available": 25_500, "pending": 8_500}


async def test_the_hold_of_what_was_paid_late_begins_with_the_payment(db: Database) -> None:
    await invoiced(db, "pfs_1", 100)
    pass_time(db, timedelta(days=16))
    await paid(db, "pay_1", 100)
    assert await matured(db) == {"pending": 85}
    pass_time(db, WEEK - timedelta(seconds=1))
    assert await matured(db) == {"pending": 85}
    pass_time(db, timedelta(seconds=1))
    assert await matured(db) == {"available": 85}


async def test_what_was_paid_before_it_was_invoiced_waits_from_its_invoice_on(db: Database) -> None:
    await invoiced(db, "pfs_1", 1_000)
    await paid(db, "pay_1", 3_000)
    pass_time(db, timedelta(days=90))
    await invoiced(db, "pfs_2", 2_000)
    assert await matured(db) == {"available": 850, "pending": 1_700}
    pass_time(db, WEEK)
    assert await matured(db) == {"available": 2_550}


async def test_money_that_an_older_arena_locked_for_years_is_found(
    db: Database, settings: Settings
) -> None:
    await invoiced(db, "pfs_1", 30)
    await invoiced(db, "pfs_2", 200_000)
    await paid(db, "pay_2", 200_000)
    pass_time(db, timedelta(days=400))
    async with db.transaction() as tx:  # the last hold that ended was another one's, a moment ago
        for name, legs in (
            ("pay_9", [ledger.Leg("gateway:fake:balance", 5), ledger.Leg(f"creator:{MAKER}:pending", -5)]),
            ("hold", [ledger.Leg(f"creator:{MAKER}:pending", 5), ledger.Leg(f"creator:{MAKER}:available", -5)]),
        ):  # fmt: skip
            kind = ledger.Kind.PAYMENT_CAPTURED if name == "pay_9" else ledger.Kind.HOLD_RELEASED
            await ledger.post(tx, kind=kind, idem=name, reference="sub_9", legs=legs)
    assert await matured(db) == {"available": 5 + 170_000, "pending": 26}
    async with db.transaction() as tx:
        [waits] = await earnings.waiting(tx, MAKER, WEEK)
        has = await earnings.earnings(tx, MAKER, earnings.Hold.of(settings))
    assert (waits.reference, waits.on_hold, waits.unpaid) == (CONTRACT, Money(0), Money(26))
    assert (has.pending, has.unpaid, has.next_at) == (Money(26), Money(26), None), "nobody knows"


async def test_a_creator_sees_what_is_on_hold_and_what_waits_for_a_customer(
    db: Database, settings: Settings
) -> None:
    await invoiced(db, "pfs_1", 1_000)
    pass_time(db, timedelta(days=10))
    async with db.transaction() as tx:
        has = await earnings.earnings(tx, MAKER, earnings.Hold.of(settings))
    assert (has.unpaid, has.next_at) == (Money(850), None)
    await paid(db, "pay_1", 400)
    async with db.transaction() as tx:
        has = await earnings.earnings(tx, MAKER, earnings.Hold.of(settings))
        [waits] = await earnings.waiting(tx, MAKER, WEEK)
    assert (waits.on_hold, waits.unpaid) == (Money(340), Money(510))
    assert (has.pending, has.unpaid, has.next_at) == (Money(850), Money(510), db.clock.now() + WEEK)


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_is_paid_when_what_is_available_was_paid_for_a_hold_ago(
    db: Database, seed: int
) -> None:
    chance = random.Random(seed)
    owed = 0
    payments: list[tuple[datetime, int]] = []
    for step in range(30):
        if chance.random() < 0.4:
            amount = chance.choice([1, 30, 999, chance.randint(1, 100_000)])
            await invoiced(db, f"pfs_{step}", amount)
            owed += amount
        elif owed and chance.random() < 0.6:
            amount = chance.randint(1, owed)
            await paid(db, f"pay_{step}", amount)
            owed -= amount
            payments.append((db.clock.now(), amount))
        pass_time(db, timedelta(days=chance.randint(0, 9)))
        has = await matured(db)
        old = sum(amount for at, amount in payments if at <= db.clock.now() - WEEK)
        # Invoices are whole cents, so their shares differ from a share of the sum by less than a cent each.
        assert has.get("available", 0) <= old * 85 // 100 + step + 1
    if owed:
        await paid(db, "pay_rest", owed)
    pass_time(db, WEEK)
    assert set(await matured(db)) <= {"available"}
