"""Marks, curves and the leaderboard in the database."""

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from arena.kit.clock import TapeClock
from arena.kit.db import Database
from arena.trading import orders, performance, portfolio
from arena.trading.market import store_bars
from arena.trading.orders import NewOrder
from arena.trading.performance import Mark, Ranked
from arena.trading.venues import BarVenue, Rules
from tests.trading.tape import BTC, ETH, D, at, bar, open_purse, play, set_up, step


async def buy(db: Database, venue: BarVenue, symbol: str, quantity: object) -> None:
    async with db.transaction() as tx:
        await orders.place(
            tx, NewOrder("acc_1", f"{symbol} {quantity}", symbol, "buy", "market", D(quantity)), venue=venue
        )  # fmt: skip


async def test_a_mark_is_cash_and_positions_at_the_last_close_of_each(db: Database) -> None:
    await set_up(db)
    await open_purse(db)
    await open_purse(db, "acc_idle", 50, kind="reference")
    venue = BarVenue(Rules())
    await play(db, venue, step(bar(0, "100 100 100 100"), bar(0, "10 10 10 10", symbol=ETH.symbol)))
    await buy(db, venue, BTC.symbol, 2)
    await buy(db, venue, ETH.symbol, 3)
    await play(db, venue, step(bar(1, "100 101 99 101"), bar(1, "10 12 9 12", symbol=ETH.symbol)))
    await play(db, venue, step(bar(2, "101 120 101 120")))  # nothing of ETH: its last close stands
    async with db.transaction() as tx:
        held = await portfolio.portfolio(tx, "acc_1")
        marks = await performance.curve(tx, "acc_1")
        idle = await performance.curve(tx, "acc_idle")
    exposure = held.quantity(BTC.symbol) * 120 + held.quantity(ETH.symbol) * 12
    assert marks[-1] == Mark(at(3), held.cash + exposure, held.cash, exposure)
    assert marks[-1].equity == portfolio.equity(held, {BTC.symbol: D(120), ETH.symbol: D(12)})
    assert [mark.equity for mark in idle] == [50, 50, 50]
    assert marks[0] == Mark(at(1), D(100_000), D(100_000), D(0))


async def test_marking_twice_changes_nothing_and_closed_accounts_are_left_out(db: Database) -> None:
    await set_up(db)
    await open_purse(db, kind="reference")
    await open_purse(db, "acc_2", kind="reference")
    await play(db, BarVenue(Rules()), step(bar(0, "100 100 100 100")))
    async with db.transaction() as tx:
        assert await performance.mark(tx, at(1)) == 0
        await portfolio.close_account(tx, "acc_2")
        assert await performance.mark(tx, at(2)) == 1


async def test_a_curve_can_be_cut_and_thinned_and_keeps_its_last_mark(db: Database) -> None:
    await set_up(db)
    await open_purse(db, kind="reference")
    for number in range(50):
        await play(db, BarVenue(Rules()), step(bar(number, "100 100 100 100")))
    async with db.transaction() as tx:
        assert len(await performance.curve(tx, "acc_1")) == 50
        assert [m.at for m in await performance.curve(tx, "acc_1", at(3))] == [at(1), at(2), at(3)]
        assert [m.at for m in await performance.curve(tx, "acc_1", since=at(49))] == [
            at(49),
            at(50),
        ]
        thin = await performance.curve(tx, "acc_1", points=10)
        assert [m.at for m in thin] == [at(n) for n in range(5, 51, 5)]
        assert len(await performance.curve(tx, "acc_1", at(20), points=1000)) == 20


async def test_marking_fifty_accounts_stays_quick_however_long_the_tape(db: Database) -> None:
    await set_up(db)
    async with db.transaction() as tx:
        await tx.execute(
            """insert into candle select $1, $2::timestamptz - n * interval '15 minutes', 100, 100, 100, 100, 1
               from generate_series(1, 40000) n""",
            BTC.symbol, at(0),
        )  # fmt: skip
        for number in range(50):
            await portfolio.open_account(
                tx, id=f"acc_{number:02}", kind="reference", owner_id=f"fd_{number}", quote="USD",
                opening_cash=D(1000),
            )  # fmt: skip
            await tx.execute(
                "insert into position (account_id, symbol, quantity, average_cost) values ($1, $2, 1, 100)",
                f"acc_{number:02}", BTC.symbol,
            )  # fmt: skip
        await tx.execute(
            """insert into equity_mark select a.id, $1::timestamptz - n * interval '15 minutes', 1, 1, 0
               from account a, generate_series(1, 500) n""",
            at(0),
        )  # fmt: skip
    async with db.transaction() as tx:
        for number in range(30):
            assert await performance.mark(tx, at(0) + timedelta(seconds=number)) == 50
        plan = await tx.fetch(
            "explain select close from candle where symbol = 'BTC-USD' and open_at < now()"
            " order by open_at desc limit 1"
        )
    assert "candle_pkey" in " ".join(row[0] for row in plan)


async def add_marks(db: Database, account_id: str, equities: list[float]) -> None:
    """A mark at each UTC midnight from now on."""
    midnight = db.clock.now().replace(hour=0)
    async with db.transaction() as tx:
        await tx.executemany(
            "insert into equity_mark (account_id, at, equity, cash, exposure) values ($1, $2, $3, $3, 0)",
            [
                (account_id, midnight + timedelta(days=n + 1), Decimal(f"{equity:.2f}"))
                for n, equity in enumerate(equities)
            ],
        )


async def move_on(db: Database, days: int) -> None:
    """The clocks to `days` days after the start, as if the tape had been played to there."""
    assert isinstance(db.clock, TapeClock)
    db.clock.move_to(at(0) + timedelta(days=days))
    async with db.transaction() as tx:
        await tx.execute("update product_clock set at = $1", tx.now)


async def test_the_board_goes_by_what_is_proven_and_not_by_what_was_earned(db: Database) -> None:
    await set_up(db)
    chance = np.random.default_rng(5)

    def grown(drift: float, noise: float, days: int) -> list[float]:
        return list(100_000 * np.cumprod(1 + chance.normal(drift, noise, days)))

    curves = {
        "acc_steady": grown(0.004, 0.008, 90),
        "acc_lucky": [*grown(0.0, 0.02, 89), 900_000.0],
        "acc_losing": grown(-0.004, 0.008, 90),
    }
    for account_id, curve in curves.items():
        await open_purse(db, account_id, kind="reference")
        await add_marks(db, account_id, curve)
    await open_purse(db, "acc_copier", kind="copier")
    await move_on(db, 20)
    async with db.transaction(readonly=True) as tx:
        early = await performance.leaderboard(tx)
    assert [line.rank for line in early.lines] == [None] * 3
    await move_on(db, 70)
    await open_purse(db, "acc_young", kind="collective")
    await add_marks(db, "acc_young", grown(0.02, 0.004, 20))
    await move_on(db, 90)
    async with db.transaction(readonly=True) as tx:
        board = await performance.leaderboard(tx)
        assert await performance.leaderboard(tx) is board
        measured = await performance.measure(tx, "acc_steady")
    assert [(line.rank, line.account_id) for line in board.lines] == [
        (1, "acc_steady"), (2, "acc_lucky"), (3, "acc_losing"), (None, "acc_young"),
    ]  # fmt: skip
    steady, lucky, _, young = board.lines
    assert young.daily_returns == 20
    assert lucky.total_return > steady.total_return  # type: ignore[operator]  # both defined
    _agree(steady, measured)


def _agree(line: Ranked, measured: performance.Metrics) -> None:
    for name in (
        "total_return",
        "volatility",
        "sharpe",
        "sharpe_low",
        "sharpe_high",
        "max_drawdown",
    ):
        assert getattr(line, name) == pytest.approx(getattr(measured, name), rel=1e-9), name
    assert line.daily_returns == measured.daily_returns


async def test_the_board_goes_on_from_day_to_day_as_if_worked_out_at_once(db: Database) -> None:
    await set_up(db)
    await open_purse(db, kind="reference")
    chance = np.random.default_rng(9)
    await add_marks(db, "acc_1", list(100_000 * np.cumprod(1 + chance.normal(0, 0.02, 60))))
    for days in (5, 6, 20, 21, 45):
        await move_on(db, days)
        async with db.transaction(readonly=True) as tx:
            (line,) = (await performance.leaderboard(tx)).lines
            measured = await performance.measure(tx, "acc_1", db.clock.now())
        assert line.max_drawdown == pytest.approx(measured.max_drawdown, rel=1e-12)
        assert line.daily_returns == measured.daily_returns == days


async def test_accounts_opened_after_midnight_wait_for_the_next_board(db: Database) -> None:
    await set_up(db)
    await open_purse(db)
    async with db.transaction() as tx:
        assert (await performance.leaderboard(tx)).lines == ()
        await store_bars(tx, step(bar(0, "100 100 100 100")))


async def test_what_was_measured_up_to_a_mark_is_kept_and_the_next_mark_measured_anew(
    db: Database,
) -> None:
    await set_up(db)
    await open_purse(db)
    venue = BarVenue(Rules())
    async with db.transaction() as tx:
        assert (await performance.measure(tx, "acc_1")).total_return == 0
    await play(db, venue, step(bar(0, "100 100 100 100")))
    await buy(db, venue, BTC.symbol, 5)
    await play(db, venue, step(bar(1, "100 100 100 100")))
    async with db.transaction() as tx:
        first = await performance.measure(tx, "acc_1")
        assert await performance.measure(tx, "acc_1", at(7)) is first
        assert first.fills == 1
    await play(db, venue, step(bar(2, "100 150 100 150")))
    async with db.transaction() as tx:
        second = await performance.measure(tx, "acc_1")
        assert await performance.measure(tx, "acc_1", at(2)) is first
    assert second.total_return > first.total_return
