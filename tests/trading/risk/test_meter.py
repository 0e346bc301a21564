"""What losses and pace are measured against: in memory, and read from the database, the same."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.kit.clock import TapeClock
from arena.kit.db import Database, Tx
from arena.trading.risk import Meter, Pace, Watch, forgive, keep_peaks, standing
from tests.conftest import START
from tests.trading.tape import D, open_purse, set_up

MIDNIGHT = START.replace(hour=0, minute=0) + timedelta(days=1)


def meter(at: datetime = START, equity: object = 1000) -> Meter:
    return Meter(at.date(), D(equity), D(equity), D(equity))


def test_a_new_day_begins_with_the_equity_of_the_last_mark() -> None:
    one = meter()
    one.mark(MIDNIGHT - timedelta(minutes=1), D(900))
    assert one.watch(MIDNIGHT - timedelta(seconds=1), 0).day_start_equity == 1000
    assert one.watch(MIDNIGHT + timedelta(seconds=1), 0).day_start_equity == 900
    one.mark(MIDNIGHT + timedelta(minutes=1), D(800))
    assert one.watch(MIDNIGHT + timedelta(minutes=2), 3) == Watch(D(900), D(1000), 0, 0, 3)


def test_a_mark_at_midnight_is_where_the_day_begins() -> None:
    one = meter()
    one.mark(MIDNIGHT - timedelta(minutes=1), D(900))
    one.mark(MIDNIGHT, D(950))
    assert one.watch(MIDNIGHT, 0).day_start_equity == 950


def test_money_that_comes_or_goes_is_neither_gain_nor_loss() -> None:
    one = meter()
    one.flow(D(500))
    one.mark(START, D(1500))
    assert one.watch(START, 0) == Watch(D(1500), D(1500))
    one.flow(D(-1000))
    assert one.watch(START, 0) == Watch(D(500), D(500))


def test_orders_are_counted_in_windows_that_begin_at_whole_tens_and_at_midnight() -> None:
    pace = Pace()
    at = MIDNIGHT - timedelta(seconds=11)
    pace.add(at)
    pace.add(at + timedelta(milliseconds=999))
    assert pace.counts(at + timedelta(milliseconds=999)) == (2, 2)
    assert pace.counts(at + timedelta(seconds=1)) == (0, 2)
    pace.add(MIDNIGHT - timedelta(milliseconds=1), 3)
    assert pace.counts(MIDNIGHT - timedelta(milliseconds=1)) == (3, 5)
    assert pace.counts(MIDNIGHT) == (0, 0)


@given(st.lists(st.integers(0, 200_000), max_size=60))
def test_no_window_ever_counts_more_or_less_than_was_placed_in_it(offsets: list[int]) -> None:
    pace, times = Pace(), [START + timedelta(seconds=s) for s in sorted(offsets)]
    for number, at in enumerate(times):
        pace.add(at)
        since_day, since_10s = Pace.begins(at)
        so_far = times[: number + 1]
        assert pace.counts(at) == (
            sum(t >= since_10s for t in so_far), sum(t >= since_day for t in so_far),
        )  # fmt: skip


Moment = tuple[int, int, bool]


async def _standing_agrees(db: Database, moments: list[Moment], name: str) -> None:
    """Marks, and flows between them, into the database and into a meter; both say the same."""
    await open_purse(db, name, 1000)
    live, at = meter(), START
    async with db.transaction() as tx:
        paid = D(0)
        for number, (minutes, worth, pays) in enumerate(moments):
            at += timedelta(minutes=minutes)
            live.mark(at, worth + paid)
            await tx.execute(
                "insert into equity_mark (account_id, at, equity, cash, exposure) values ($1, $2, $3, $3, 0)",
                name, at, worth + paid,
            )  # fmt: skip
            if pays:
                await _pay(tx, name, number, at + timedelta(seconds=1), D(worth))
                live.flow(D(worth))
                paid += worth
            if number % 4 == 3:
                tx.now = at + timedelta(seconds=2)
                await keep_peaks(tx, [name])
        now = at + timedelta(seconds=3)
        read = (await standing(tx, [name], now))[name]
    assert read.watch(now, 0) == live.watch(now, 0)
    assert read.equity == live.equity


async def _pay(tx: Tx, name: str, number: int, at: datetime, value: Decimal) -> None:
    await tx.execute(
        """insert into account_flow (id, account_id, at, asset, quantity, value_quote, rate, rate_from,
             equity_before, note, by) values ($1, $2, $3, 'USD', $4, $4, 1, 'same', 0, 'a test', 'test')""",
        f"flw_{name}_{number}", name, at, value,
    )  # fmt: skip


async def test_what_is_read_from_the_database_is_what_was_kept_in_memory(db: Database) -> None:
    await set_up(db)
    cases: list[list[Moment]] = [
        [(10, 1000, False)],
        [(10, 1500, True), (700, 900, False), (10, 950, False)],
        [(595, 1200, False), (5, 1100, True), (5, 1300, False), (1500, 800, True), (1, 900, False)],
        [(60 * n + 7, 700 + 137 * n % 1100, n % 3 == 0) for n in range(14)],
    ]
    for number, case in enumerate(cases):
        await _standing_agrees(db, case, f"acc_{number}")


async def test_an_account_without_marks_stands_where_it_was_opened(db: Database) -> None:
    await set_up(db)
    await open_purse(db, "acc_1", 1000)
    async with db.transaction() as tx:
        read = (await standing(tx, ["acc_1"], tx.now))["acc_1"]
    assert read.watch(START, 0) == Watch(D(1000), D(1000))


@pytest.mark.parametrize("cached", [False, True])
async def test_forgiven_a_drawdown_is_counted_from_the_equity_of_then(
    db: Database, cached: bool
) -> None:
    await set_up(db)
    await open_purse(db, "acc_1", 1000)
    assert isinstance(db.clock, TapeClock)
    for minutes, equity in ((1, 2000), (2, 500)):
        db.clock.move_to(START + timedelta(minutes=minutes))
        async with db.transaction() as tx:
            await tx.execute(
                "insert into equity_mark (account_id, at, equity, cash, exposure) values ($1, $2, $3, $3, 0)",
                "acc_1", tx.now, D(equity),
            )  # fmt: skip
            if cached:
                await keep_peaks(tx, ["acc_1"])
            assert (await standing(tx, ["acc_1"], tx.now))["acc_1"].peak_equity == 2000
    db.clock.move_to(START + timedelta(minutes=3))
    async with db.transaction() as tx:
        await forgive(tx, "acc_1", "the feed was wrong")
        assert (await standing(tx, ["acc_1"], tx.now))["acc_1"].peak_equity == 500
        if cached:
            await keep_peaks(tx, ["acc_1"])
        assert (await standing(tx, ["acc_1"], tx.now))["acc_1"].peak_equity == 500
