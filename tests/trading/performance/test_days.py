"""Days of records: kept or summed up on the spot they say the same, at any spacing of marks, whatever money moves."""

import sys
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from arena.kit.db import Database
from arena.people.access import SYSTEM
from arena.trading import performance, portfolio
from arena.trading.performance import Ranked, Sieve
from arena.trading.performance.days import days, keep_days, number_of
from tests.trading.performance.test_mark import move_on
from tests.trading.tape import at, open_purse, set_up

DAYS = 40
MIDNIGHT = at(0).replace(hour=0)


async def walk(db: Database, account_id: str, *, every: timedelta, seed: int = 3) -> None:
    """Marks from the start for forty days, so far apart, at random levels."""
    chance = np.random.default_rng(seed)
    count = int(timedelta(days=DAYS) / every)
    equities = 100_000 * np.cumprod(1 + chance.normal(0, 0.004, count))
    async with db.transaction() as tx:
        await tx.executemany(
            "insert into equity_mark values ($1, $2, $3, $3, 0)",
            [
                (account_id, MIDNIGHT + every * (n + 1), Decimal(f"{equity:.4f}"))
                for n, equity in enumerate(equities)
                if MIDNIGHT + every * (n + 1) > at(0)
            ],
        )


async def lines(db: Database, sieve: Sieve | None = None) -> dict[str, Ranked]:
    """The board's lines of now, worked out anew."""
    sys.modules["arena.trading.performance.leaderboard"]._cached.clear()
    async with db.transaction(readonly=True) as tx:
        board = await performance.leaderboard(tx, sieve=sieve or Sieve())
    return {line.account_id: line for line in board.lines}


@pytest.mark.parametrize(
    "every",
    [timedelta(minutes=30), timedelta(hours=4), timedelta(days=1), timedelta(days=3)],
    ids=str,
)
async def test_kept_days_say_what_the_marks_say_at_any_spacing(
    db: Database, every: timedelta
) -> None:
    await set_up(db)
    await open_purse(db)
    await walk(db, "acc_1", every=every)
    await move_on(db, DAYS)
    fresh = await lines(db)
    async with db.transaction(readonly=True) as tx:
        until = await performance.last_board_at(tx)
        truth = await performance.measure(tx, "acc_1", until)
    for part in (until - timedelta(days=25), until - timedelta(days=1), until):
        await keep_days(db, part)
    assert await lines(db) == fresh
    line = fresh["acc_1"]
    assert line.max_drawdown == pytest.approx(truth.max_drawdown, rel=1e-12)
    assert line.total_return == pytest.approx(truth.total_return, rel=1e-12)
    # A day without marks ends where the last one did, so a board knows every day up to now.
    assert line.daily_returns >= truth.daily_returns
    if every <= timedelta(days=1):
        assert line.daily_returns == truth.daily_returns == DAYS
        assert line.sharpe_low == pytest.approx(truth.sharpe_low, rel=1e-9)


async def test_keeping_days_twice_keeps_them_once(db: Database) -> None:
    await set_up(db)
    await open_purse(db)
    await walk(db, "acc_1", every=timedelta(hours=6))
    await move_on(db, DAYS)
    until = MIDNIGHT + timedelta(days=10, hours=5)
    assert await keep_days(db, until) == 10
    assert await keep_days(db, until) == 0
    assert await keep_days(db, until + timedelta(days=1)) == 1
    async with db.transaction(readonly=True) as tx:
        found = (await days(tx, ["acc_1"], MIDNIGHT + timedelta(days=20)))["acc_1"]
    assert list(found.number) == [number_of(MIDNIGHT) + n for n in range(1, 21)]


async def test_the_last_day_of_a_closed_account_is_kept_and_then_it_is_let_be(db: Database) -> None:
    await set_up(db)
    await open_purse(db)
    async with db.transaction() as tx:
        await tx.execute("insert into equity_mark values ('acc_1', $1, 90000, 90000, 0)", at(4))
        await portfolio.close_account(tx, "acc_1")
    assert await keep_days(db, MIDNIGHT + timedelta(days=1)) == 1
    async with db.transaction(readonly=True) as tx:
        assert await tx.fetchval("select count(*) from equity_day") == 1
    assert await keep_days(db, MIDNIGHT + timedelta(days=30)) == 0


async def test_a_period_begins_where_the_account_stood_at_its_first_midnight(db: Database) -> None:
    await set_up(db)
    for name in ("acc_old", "acc_new"):
        await open_purse(db, name)
    await walk(db, "acc_old", every=timedelta(hours=6))
    await move_on(db, DAYS)
    async with db.transaction() as tx:
        opened = MIDNIGHT + timedelta(days=30)
        await tx.execute("update account set opened_at = $1 where id = 'acc_new'", opened)
        await tx.execute(
            """insert into equity_mark select 'acc_new', $1::timestamptz + n * interval '1 day', 100000 + n, 1, 0
               from generate_series(1, 10) n""",
            opened,
        )
        marks = {
            mark.at: float(mark.equity)
            for mark in await performance.midnights(tx, "acc_old", MIDNIGHT + timedelta(days=DAYS))
        }
    for kept_until in (None, MIDNIGHT + timedelta(days=25)):
        if kept_until is not None:
            await keep_days(db, kept_until)
        found = await lines(db, Sieve(days=30))
        begin, end = MIDNIGHT + timedelta(days=DAYS - 30), MIDNIGHT + timedelta(days=DAYS)
        old = found["acc_old"]
        assert old.daily_returns == 30
        assert old.total_return == pytest.approx(marks[end] / marks[begin] - 1, rel=1e-12)
        assert old.rank == 1
        assert found["acc_new"].daily_returns == 10, "younger than the period: all there is"
        assert found["acc_new"].rank is None
    whole = (await lines(db))["acc_old"]
    assert whole.daily_returns == DAYS
    assert (whole.max_drawdown or 0) >= (old.max_drawdown or 0)


async def test_money_put_in_or_taken_out_is_no_return(db: Database) -> None:
    """Two accounts do the same in per cent; one of them is topped up, emptied, and filled again."""
    await set_up(db)
    for name in ("acc_plain", "acc_moved"):
        await open_purse(db, name)
    growth = [1.01, 0.98, 1.03, 1.0, 1.02, 0.99]
    level, equity = 100_000.0, 100_000.0
    added = {1: 50_000.0, 3: -30_000.0}
    for day, factor in enumerate(growth):
        level, equity = level * factor, equity * factor
        when = MIDNIGHT + timedelta(days=day + 1)
        async with db.transaction() as tx:
            for name, value in (("acc_plain", level), ("acc_moved", equity)):
                await tx.execute(
                    "insert into equity_mark values ($1, $2, $3, $3, 0)",
                    name, when, Decimal(f"{value:.6f}"),
                )  # fmt: skip
        moved = added.get(day)
        if moved is not None:
            await flow(db, "acc_moved", when, before=equity, value=moved)
            equity += moved
        if day == 2:
            await keep_days(db, when)
    await move_on(db, len(growth) + 1)
    found = await lines(db)
    plain, moved_line = found["acc_plain"], found["acc_moved"]
    for name in ("total_return", "sharpe", "volatility", "max_drawdown"):
        assert getattr(moved_line, name) == pytest.approx(getattr(plain, name), rel=1e-6), name
    async with db.transaction(readonly=True) as tx:
        curves = await performance.outlines(tx, ["acc_plain", "acc_moved"])
    assert curves["acc_moved"] == pytest.approx(curves["acc_plain"], rel=1e-6)


async def flow(
    db: Database, account_id: str, when: datetime, *, before: float, value: float
) -> None:
    async with db.transaction() as tx:
        await tx.execute(
            """insert into account_flow (id, account_id, at, asset, quantity, value_quote, rate, rate_from,
                 equity_before, note, by)
               values ($1, $2, $3, 'USD', $4, $4, 1, 'itself', $5, 'topped up', $6)""",
            f"flw_{account_id}_{when:%d}", account_id, when, Decimal(f"{value:.6f}"), Decimal(f"{before:.6f}"),
            SYSTEM.id,
        )  # fmt: skip


async def test_an_account_begun_anew_says_how_many_there_were_before(db: Database) -> None:
    await set_up(db)
    async with db.transaction() as tx:
        for name in ("acc_first", "acc_second"):
            await portfolio.open_account(
                tx, id=name, kind="collective", owner_id="col_x", quote="USD",
                opening_cash=Decimal(1000),
            )  # fmt: skip
            if name == "acc_first":
                await portfolio.close_account(tx, name)
                tx.now += timedelta(hours=1)
    await move_on(db, 2)
    found = await lines(db)
    assert list(found) == ["acc_second"], "what is closed is on no board of now"
    assert found["acc_second"].accounts_before == 1
    async with db.transaction(readonly=True) as tx:
        both = await performance.records(tx, ["acc_first", "acc_second"])
    assert both["acc_first"].accounts_before == 0
    assert both["acc_first"].closed_at is not None
