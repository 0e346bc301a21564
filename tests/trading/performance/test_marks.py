"""Who is marked when: records at every close, everybody else where a mark says something new."""

from datetime import datetime, timedelta

from arena.kit.db import Database
from arena.people.access import SYSTEM
from arena.trading import performance, portfolio
from arena.trading.performance import Mark
from arena.trading.venues import BarVenue, Fill
from tests.trading.tape import BTC, FREE, D, at, bar, open_purse, play, set_up, step


async def times(db: Database, account_id: str = "acc_1") -> list[datetime]:
    async with db.transaction() as tx:
        return [mark.at for mark in await performance.curve(tx, account_id)]


async def trade(db: Database, side: str, number: int) -> None:
    async with db.transaction() as tx:
        await portfolio.apply(
            tx,
            Fill(
                f"fil_{number}", f"ord_{number}", "acc_1", 1, BTC.symbol, side, D(1), D(100), D(0), "USD",
                "taker", {}, at(number),
            ),
            BTC,
        )  # type: ignore[arg-type]  # side is one of the two  # fmt: skip


async def test_an_account_at_rest_is_marked_once_and_again_at_midnight_and_after_a_change(
    db: Database,
) -> None:
    await set_up(db)
    await open_purse(db)
    await open_purse(db, "acc_record", kind="reference")
    venue, quiet = BarVenue(FREE), "100 100 100 100"
    midnight = 40  # bars of a quarter of an hour from 14:00
    for number in range(midnight + 4):
        if number == 5:
            await trade(db, "buy", number)
        if number == 8:
            await trade(db, "sell", number)
        if number == 12:
            async with db.transaction() as tx:
                await portfolio.record_flow(tx, "acc_1", "USD", D(5), note="top up", actor=SYSTEM)
        await play(db, venue, step(bar(number, quiet)))
    assert await times(db, "acc_record") == [at(n) for n in range(1, midnight + 5)]
    assert await times(db) == [at(n) for n in (1, 6, 7, 8, 9, 13, midnight)]
    assert at(midnight).hour == 0


async def test_a_curve_with_rests_in_it_is_read_like_one_without(db: Database) -> None:
    await set_up(db)
    await open_purse(db)
    for number in range(100):
        await play(db, BarVenue(FREE), step(bar(number, "100 100 100 100")))
    async with db.transaction() as tx:
        ends = await performance.midnights(tx, "acc_1", at(100))
        assert [mark.at for mark in ends] == [at(40)]
        assert (await performance.standings(tx, ["acc_1"]))["acc_1"].equity == 100_000
        assert (await performance.measure(tx, "acc_1")).daily_returns == 1


async def test_between_bars_only_what_trades_by_itself_is_marked(db: Database) -> None:
    await set_up(db)
    await open_purse(db)
    await open_purse(db, "acc_record", kind="reference")
    await trade(db, "buy", 0)
    minute = at(0) + timedelta(minutes=1)
    async with db.transaction() as tx:
        assert await performance.mark_between(tx, minute, {BTC.symbol: D(140)}) == 1
        assert await performance.mark_between(tx, minute, {BTC.symbol: D(140)}) == 0
        (made,) = await performance.curve(tx, "acc_1")
    assert made == Mark(minute, D(100_040), D(99_900), D(140))
    assert await times(db, "acc_record") == []
