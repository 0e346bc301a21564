"""The tape goes on where it stopped, plays nothing twice, and refuses another pack."""

import random
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from arena.kit.db import Database
from arena.trading import market
from arena.trading.market.replay import Replay


async def test_opening_sets_clock_instruments_and_position(db: Database) -> None:
    source = market.sample_source("because")
    async with db.transaction() as tx:
        tape = await market.open_tape(tx, source, "auto")
        assert tape.next_open_at == tape.product_now == source.pack.first_open
        assert (tape.source, tape.steps, tape.speed, tape.ended_at) == ("sample", 0, "auto", None)
        assert tape.pack == source.pack
        assert tape.pack_sha == source.pack.sha
        assert tuple(await market.instruments(tx)) == source.instruments
        assert (await market.market_health(tx))["reason"] == "because"


async def test_the_tape_goes_on_where_it_stopped(db: Database) -> None:
    source = market.sample_source()
    expected = list(source.bars_from(None))[:40]
    chance = random.Random(7)
    played: list[market.Bars] = []
    while len(played) < 40:  # as if the process was started anew each time
        async with db.transaction() as tx:
            tape = await market.open_tape(tx, market.sample_source(), "max")
        bars = source.bars_from(tape.next_open_at)
        for _ in range(min(chance.randint(1, 9), 40 - len(played))):
            one = next(bars)
            async with db.transaction() as tx:
                await market.store_bars(tx, one)
            played.append(one)
    assert played == expected
    async with db.transaction() as tx:
        assert (await market.tape(tx)).steps == 40
        assert (await market.tape(tx)).product_now == expected[-1].close_at
        kept = await market.candles(tx, "BTC-USD", until=expected[-1].close_at, limit=100)
    assert kept == [c for bars in expected for c in bars.candles]


async def test_a_step_is_not_played_twice(db: Database, played: list[market.Bars]) -> None:
    with pytest.raises(market.BarsOutOfOrder):
        async with db.transaction() as tx:
            await market.store_bars(tx, played[-1])
    async with db.transaction() as tx:
        assert (await market.tape(tx)).steps == len(played)


async def test_a_step_whose_transaction_fails_leaves_no_trace(db: Database) -> None:
    source = market.sample_source()
    first = next(source.bars_from(None))
    async with db.transaction() as tx:
        await market.open_tape(tx, source, "max")

    async def fail_after_storing() -> None:
        async with db.transaction() as tx:
            await market.store_bars(tx, first)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail_after_storing()
    async with db.transaction() as tx:
        assert (await market.tape(tx)).next_open_at == first.open_at
        assert await market.last_close(tx, "BTC-USD") is None


async def test_a_step_without_bars_of_any_symbol_still_moves_the_clock(
    db: Database, played: list[market.Bars]
) -> None:
    empty = market.Bars(played[-1].close_at, 900, ())
    async with db.transaction() as tx:
        await market.store_bars(tx, empty)
        assert (await market.tape(tx)).product_now == empty.close_at


async def test_without_a_tape_there_is_nothing_to_play(db: Database) -> None:
    async with db.transaction() as tx:
        with pytest.raises(market.NoTape):
            await market.tape(tx)
        assert (await market.market_health(tx))["ok"] is False
    with pytest.raises(market.NoTape):
        async with db.transaction() as tx:
            await market.store_bars(tx, next(market.sample_source().bars_from(None)))


async def test_another_pack_is_refused_with_advice(db: Database) -> None:
    source = market.sample_source()
    other = Replay(
        "sample", replace(source.pack, interval_s=1800), dict(source._columns), "another"
    )
    async with db.transaction() as tx:
        await market.open_tape(tx, source, "max")
        with pytest.raises(market.PackChanged, match="ARENA_HOME"):
            await market.open_tape(tx, other, "max")


async def test_the_pace_can_be_changed_and_only_to_a_pace(db: Database) -> None:
    source = market.sample_source()
    async with db.transaction() as tx:
        tape = await market.open_tape(tx, source, "max")
        until = tape.product_now + timedelta(days=1)
        await market.set_speed(tx, "900x", until)
        tape = await market.tape(tx)
        assert (tape.speed, tape.until) == ("900x", until)
        for bad in ("fast", "0x", "-1x", "1.5x", "", "x", "٣x"):
            with pytest.raises(market.BadSpeed):
                await market.set_speed(tx, bad)


async def test_an_ended_tape_says_so_and_plays_no_more(
    db: Database, played: list[market.Bars]
) -> None:
    async with db.transaction() as tx:
        await market.end_tape(tx)
        tape = await market.tape(tx)
        assert tape.ended_at is not None
        assert tape.next_open_at is None
    with pytest.raises(market.BarsOutOfOrder, match="ended"):
        async with db.transaction() as tx:
            await market.store_bars(tx, replace(played[-1], open_at=played[-1].close_at))


async def test_prices_come_back_from_the_database_to_the_last_digit(
    db: Database, played: list[market.Bars]
) -> None:
    async with db.transaction() as tx:
        last = await market.last_close(tx, "BTC-USD")
        assert last == played[-1].candles[0]
        kept = await market.candles(tx, "BTC-USD", until=played[-1].close_at, limit=1000)
    assert [c.volume for c in kept] == [b.candles[0].volume for b in played]
    assert all(isinstance(c.close, Decimal) for c in kept)
