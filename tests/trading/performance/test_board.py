"""The board of an earlier day, the lines of single accounts, and curves in few points."""

import asyncio
import sys
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from arena.kit.clock import TapeClock
from arena.kit.db import Database
from arena.trading import performance, portfolio
from tests.trading.performance.test_mark import add_marks, move_on
from tests.trading.tape import open_purse, set_up

board_file = sys.modules["arena.trading.performance.leaderboard"]


async def three_accounts(db: Database) -> None:
    await set_up(db)
    chance = np.random.default_rng(7)
    for name, drift in (("acc_a", 0.001), ("acc_b", 0.002), ("acc_c", -0.001)):
        await open_purse(db, name, kind="collective")
        grown = 100_000 * np.cumprod(1 + chance.normal(drift, 0.004, 60))
        await add_marks(db, name, list(grown))
    await move_on(db, 60)


async def test_the_board_of_an_earlier_day_is_what_it_was(db: Database) -> None:
    await three_accounts(db)
    async with db.transaction(readonly=True) as tx:
        now = await performance.leaderboard(tx)
        assert now.as_of == await performance.last_board_at(tx)
        earlier = now.as_of - timedelta(days=20, hours=-3)
        before = await performance.leaderboard(tx, earlier)
        assert await performance.leaderboard(tx, earlier) is before
        assert await performance.leaderboard(tx, now.as_of + timedelta(days=9)) is now
        measured = [
            await performance.measure(tx, line.account_id, before.as_of) for line in before.lines
        ]
    assert before.as_of == now.as_of - timedelta(days=20)
    for line, truth in zip(before.lines, measured, strict=True):
        assert line.daily_returns == truth.daily_returns == 40
        assert line.max_drawdown == pytest.approx(truth.max_drawdown, rel=1e-12)
        assert line.sharpe_low == pytest.approx(truth.sharpe_low, rel=1e-9)
        assert line.total_return == pytest.approx(truth.total_return, rel=1e-12)


async def test_looking_back_changes_nothing_of_what_comes_after(db: Database) -> None:
    await three_accounts(db)
    async with db.transaction(readonly=True) as tx:
        first = await performance.records(tx, ["acc_a", "acc_b", "acc_c"])
        await performance.leaderboard(tx, await performance.last_board_at(tx) - timedelta(days=7))
        board = await performance.leaderboard(tx)
        again = await performance.records(tx, ["acc_a", "acc_b", "acc_c"])
    assert first == again
    for line in board.lines:
        assert line.max_drawdown == first[line.account_id].max_drawdown
        assert line.sharpe == first[line.account_id].sharpe
        assert first[line.account_id].rank is None


async def test_a_closed_account_keeps_its_record_and_leaves_the_board(db: Database) -> None:
    await three_accounts(db)
    async with db.transaction() as tx:
        await portfolio.close_account(tx, "acc_b")
    await move_on(db, 75)
    async with db.transaction(readonly=True) as tx:
        board = await performance.leaderboard(tx)
        found = await performance.records(tx, ["acc_b", "acc_nobody"])
        before = await performance.leaderboard(tx, board.as_of - timedelta(days=20))
        shown = await performance.outlines(tx, ["acc_b"])
    assert {line.account_id for line in board.lines} == {"acc_a", "acc_c"}
    assert {line.account_id for line in before.lines} == {"acc_a", "acc_b", "acc_c"}
    assert set(found) == {"acc_b"}
    assert found["acc_b"].daily_returns == 61, "the day of its closing is its last"
    assert shown["acc_b"][-1] / shown["acc_b"][0] - 1 == pytest.approx(found["acc_b"].total_return)


async def test_two_who_read_at_once_count_no_day_twice(db: Database) -> None:
    await three_accounts(db)

    async def read() -> dict[str, performance.Ranked]:
        async with db.transaction(readonly=True) as tx:
            return await performance.records(tx, ["acc_a", "acc_b", "acc_c"])

    first, second = await asyncio.gather(read(), read())
    assert first == second
    assert {line.daily_returns for line in first.values()} == {60}


async def test_an_account_without_marks_stands_there_empty(db: Database) -> None:
    await set_up(db)
    await open_purse(db, "acc_idle", kind="collective")
    await move_on(db, 3)
    async with db.transaction(readonly=True) as tx:
        line = (await performance.records(tx, ["acc_idle"]))["acc_idle"]
        shown = await performance.outlines(tx, ["acc_idle"])
    assert (line.daily_returns, line.total_return, line.max_drawdown) == (0, None, 0.0)
    assert len(shown["acc_idle"]) == 1


async def test_an_outline_has_few_points_the_last_of_them_the_last_midnight(db: Database) -> None:
    await three_accounts(db)
    async with db.transaction(readonly=True) as tx:
        whole = (await performance.outlines(tx, ["acc_a"], points=1000))["acc_a"]
        assert len(whole) == 61
        last = await performance.last_board_at(tx)
        marks = await performance.midnights(tx, "acc_a", last)
        assert whole[1:] == [float(mark.equity) for mark in marks]
        for points in (1, 2, 7, 59):
            few = (await performance.outlines(tx, ["acc_a"], points=points))["acc_a"]
            assert 2 <= len(few) <= points + 1
            assert (few[0], few[-1]) == (whole[0], whole[-1])
            assert set(few) <= set(whole)


async def test_what_the_day_has_brought_so_far_is_in_no_outline(db: Database) -> None:
    await three_accounts(db)
    async with db.transaction(readonly=True) as tx:
        before = await performance.outlines(tx, ["acc_a"])
        as_of = await performance.last_board_at(tx)
    assert isinstance(db.clock, TapeClock)
    db.clock.move_to(as_of + timedelta(hours=5))
    async with db.transaction() as tx:
        await tx.execute(
            "insert into equity_mark values ('acc_a', $1, $2, $2, 0)",
            as_of + timedelta(hours=4), Decimal(1),
        )  # fmt: skip
    async with db.transaction(readonly=True) as tx:
        assert await performance.outlines(tx, ["acc_a"]) == before
        line = (await performance.records(tx, ["acc_a"]))["acc_a"]
    assert line.max_drawdown is not None
    assert line.max_drawdown < 0.5


async def test_while_a_board_is_worked_out_others_are_sent_away_soon(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await three_accounts(db)
    monkeypatch.setattr(board_file, "_WAIT_S", 0.05)
    async with board_file._working, db.transaction(readonly=True) as tx:
        with pytest.raises(performance.BoardBusy):
            await performance.leaderboard(tx)
    async with db.transaction(readonly=True) as tx:
        assert len((await performance.leaderboard(tx)).lines) == 3
