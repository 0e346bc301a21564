"""Holds end after their days, once, less what was taken back; debts are settled first."""

import asyncio
from datetime import timedelta

import pytest

from arena.kit.db import Database
from arena.kit.money import Money
from arena.kit.settings import Settings
from arena.money import earnings, ledger
from tests.money.creators import balances, earn, matured, pass_time, take_back

WEEK = timedelta(days=7)
MAKER = "usr_maker"


async def test_money_is_on_hold_for_a_week_and_then_available(db: Database) -> None:
    await earn(db, MAKER, 8_415)
    pass_time(db, WEEK - timedelta(seconds=1))
    assert await earnings.mature_due(db, WEEK) == 0
    assert await balances(db, MAKER) == {"pending": 8_415}
    pass_time(db, timedelta(seconds=1))
    assert await earnings.mature_due(db, WEEK) == 1
    assert await balances(db, MAKER) == {"available": 8_415}


async def test_each_charge_waits_for_itself(db: Database) -> None:
    await earn(db, MAKER, 100, idem="pay_1")
    pass_time(db, timedelta(days=4))
    await earn(db, MAKER, 30, idem="pay_2")
    await earn(db, MAKER, 5, idem="pay_3", reference="sub_2")
    pass_time(db, timedelta(days=3))
    await earnings.mature_due(db, WEEK)
    assert await balances(db, MAKER) == {"available": 100, "pending": 35}
    pass_time(db, timedelta(days=4))
    await earnings.mature_due(db, WEEK)
    assert await balances(db, MAKER) == {"available": 135}
    async with db.transaction() as tx:
        kinds = [each.kind for each in await ledger.find_journals(tx, "sub_1")]
    assert kinds.count("hold.released") == 2, "one for each charge"


async def test_run_twice_late_and_at_once_it_releases_once(db: Database) -> None:
    await earn(db, MAKER, 100)
    pass_time(db, timedelta(days=400))
    await asyncio.gather(*(earnings.mature_due(db, WEEK) for _ in range(5)))
    await earnings.mature_due(db, WEEK)
    assert await balances(db, MAKER) == {"available": 100}


async def test_a_refund_during_the_hold_is_never_released(db: Database) -> None:
    await earn(db, MAKER, 100)
    await take_back(db, MAKER, 40, idem="ref_1")
    assert await balances(db, MAKER) == {"pending": 60}
    pass_time(db, WEEK)
    await earnings.mature_due(db, WEEK)
    assert await balances(db, MAKER) == {"available": 60}


async def test_a_refund_after_the_hold_comes_from_what_is_free_and_the_rest_is_owed(
    db: Database, settings: Settings
) -> None:
    await matured(db, settings, MAKER, 100)
    await take_back(db, MAKER, 130, idem="ref_1")
    assert await balances(db, MAKER) == {"clawback": 30}
    await matured(db, settings, MAKER, 50, idem="pay_2", reference="sub_2")
    assert await balances(db, MAKER) == {"available": 20}, "the debt was settled first"


async def test_a_creator_sees_what_a_journal_moved_on_his_accounts_and_no_others(
    db: Database, settings: Settings
) -> None:
    await matured(db, settings, MAKER, 100)
    await take_back(db, MAKER, 130, idem="ref_1")
    async with db.transaction() as tx:
        journals = await ledger.find_journals(tx, "sub_1")
        charge, hold, refund = [await earnings.movement(tx, MAKER, one.id) for one in journals]
        for creator, journal in (("usr_other", charge.journal_id), (MAKER, "jrn_none")):
            with pytest.raises(earnings.NoSuchMovement):
                await earnings.movement(tx, creator, journal)
    assert (charge.kind, charge.pending, charge.total) == (
        "payment.captured",
        Money(100),
        Money(100),
    )
    assert (hold.pending, hold.available, hold.total) == (Money(-100), Money(100), Money(0))
    assert (refund.available, refund.owed, refund.total) == (Money(-100), Money(30), Money(-130))


async def test_another_subscriptions_money_on_hold_does_not_pay_for_a_refund(
    db: Database, settings: Settings
) -> None:
    await matured(db, settings, MAKER, 100)
    await earn(db, MAKER, 70, idem="pay_2", reference="sub_2")
    await take_back(db, MAKER, 20, idem="ref_1")
    assert await balances(db, MAKER) == {"available": 80, "pending": 70}


async def test_what_was_taken_from_money_no_longer_on_hold_is_put_right(
    db: Database, settings: Settings
) -> None:
    await matured(db, settings, MAKER, 100)
    async with db.transaction() as tx:
        await ledger.post(
            tx, kind=ledger.Kind.REFUND_OWED, idem="ref_1", reference="sub_1",
            legs=[
                ledger.Leg(f"creator:{MAKER}:pending", 160),
                ledger.Leg("customer:usr_1:refund_due", -160),
            ],
        )  # fmt: skip
    for _ in range(2):
        await earnings.mature_due(db, WEEK)
        assert await balances(db, MAKER) == {"clawback": 60}


async def test_what_was_invoiced_is_free_a_hold_after_the_customer_has_paid(db: Database) -> None:
    legs = [ledger.Leg("receivable:usr_1", 100), ledger.Leg(f"creator:{MAKER}:pending", -100)]
    async with db.transaction() as tx:
        await ledger.post(
            tx, kind=ledger.Kind.PERFORMANCE_FEE, idem="fee_1", reference="fee_1", legs=legs
        )
    pass_time(db, timedelta(days=100))
    await earnings.mature_due(db, WEEK)
    assert await balances(db, MAKER) == {"pending": 100}
    await earn(db, MAKER, 7, idem="pay_1")
    pass_time(db, WEEK)
    await earnings.mature_due(db, WEEK)
    async with db.transaction() as tx:
        await ledger.post(
            tx, kind=ledger.Kind.RECEIVABLE_PAID, idem="paid_1", reference="fee_1",
            legs=[ledger.Leg("gateway:fake:balance", 100), ledger.Leg("receivable:usr_1", -100)],
        )  # fmt: skip
    await earnings.mature_due(db, WEEK)
    assert await balances(db, MAKER) == {"available": 7, "pending": 100}, "its hold begins"
    pass_time(db, WEEK)
    await earnings.mature_due(db, WEEK)
    assert await balances(db, MAKER) == {"available": 107}


async def test_a_dispute_that_was_won_gives_the_money_back_at_once(
    db: Database, settings: Settings
) -> None:
    await earn(db, MAKER, 100)
    mine = (
        ledger.Leg(f"creator:{MAKER}:pending", 100),
        ledger.Leg(f"creator:{MAKER}:disputed", -100),
    )
    async with db.transaction() as tx:
        await ledger.post(
            tx, kind=ledger.Kind.DISPUTE_OPENED, idem="dp_1", reference="sub_1",
            legs=[*mine, ledger.Leg("dispute:held", 110), ledger.Leg("gateway:fake:balance", -110)],
        )  # fmt: skip
    await matured(db, settings, MAKER, 5, idem="pay_2", reference="sub_2")
    pass_time(db, timedelta(days=90))
    async with db.transaction() as tx:
        back = [ledger.Leg(leg.code, -leg.amount) for leg in mine]
        await ledger.post(
            tx, kind=ledger.Kind.DISPUTE_WON, idem="dp_1:won", reference="sub_1",
            legs=[*back, ledger.Leg("gateway:fake:balance", 110), ledger.Leg("dispute:held", -110)],
        )  # fmt: skip
    await earnings.mature_due(db, WEEK)
    assert await balances(db, MAKER) == {"available": 105}


async def test_a_creator_sees_what_waits_what_stays_back_and_what_can_be_paid(
    db: Database, settings: Settings
) -> None:
    await matured(db, settings, MAKER, 10_000)
    await earn(db, MAKER, 300, idem="pay_2", reference="sub_2")
    async with db.transaction() as tx:
        has = await earnings.earnings(tx, MAKER, earnings.Hold.of(settings))
        assert await earnings.holds(tx, MAKER, WEEK) == [("sub_2", Money(300))]
        *_, this = await earnings.months(tx, MAKER)
    assert (has.pending, has.available, has.reserve) == (Money(300), Money(10_000), Money(500))
    assert has.payable == Money(9_500)
    assert has.next_at == db.clock.now() + WEEK
    assert this.earned.minor in (300, 10_300)
    pass_time(db, timedelta(days=settings.payout_reserve_days))
    async with db.transaction() as tx:
        has = await earnings.earnings(tx, MAKER, earnings.Hold.of(settings))
    assert has.reserve == Money(0)


@pytest.mark.parametrize(
    ("pending", "available", "parts"),
    [
        (100, 0, [("pending", 60)]),
        (20, 10, [("pending", 20), ("available", 10), ("clawback", 30)]),
        (0, 60, [("available", 60)]),
        (-5, -5, [("clawback", 60)]),
    ],
)
def test_a_refund_takes_from_holds_first_then_from_what_is_free_then_is_owed(
    pending: int, available: int, parts: list[tuple[str, int]]
) -> None:
    from arena.money.earnings.take_back import split

    assert split(60, pending=pending, available=available) == parts
