"""Live prices against a server that speaks the exchange's dialect: no bar missing, none twice, whatever happens."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

from arena.kit.clock import from_ms, to_ms
from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.trading import market
from arena.trading.market.binance import Live, open_live, stream
from tests.trading.market.binance_server import MINUTE_MS, START_MS, SYMBOLS, BinanceServer
from tests.trading.market.reader import Reader


def opens(bars: list[market.Bars]) -> list[int]:
    return [(to_ms(b.open_at) - START_MS) // MINUTE_MS for b in bars]


async def test_instruments_come_from_the_exchange(opened: Live) -> None:
    btc, eth = opened.instruments
    assert (btc.symbol, btc.base, btc.quote) == ("BTCUSDT", "BTC", "USDT")
    assert (btc.tick, btc.step, btc.notional_min) == (
        Decimal("0.01"),
        Decimal("0.00001"),
        Decimal(5),
    )
    assert eth.step == Decimal("0.0001")
    assert (opened.pack.source, opened.pack.symbols, opened.pack.interval_s) == (
        "live",
        SYMBOLS,
        60,
    )


async def test_the_first_step_brings_history_book_and_trades(
    exchange: BinanceServer, opened: Live
) -> None:
    async with Reader(opened) as reader:
        first = reader.first
        assert first is not None
        assert opens(list(first.history)) == list(range(-30, 0))
        assert all(len(b.candles) == 2 for b in first.history)
        assert {b.symbol for b in first.books} == set(SYMBOLS)
        assert all(len(b.bids) >= 20 and b.model == "exchange" for b in first.books)
        assert first.prints


async def test_bars_come_as_they_close_with_books_and_trades_between(
    exchange: BinanceServer, opened: Live
) -> None:
    async with Reader(opened) as reader:
        await reader.until(lambda: exchange.connections == 1)
        exchange.tick()
        exchange.close_bars(3)
        await reader.until(lambda: len(reader.bars) == 3 and len(reader.prints) >= 2)
        assert opens(reader.bars) == [0, 1, 2]
        btc, eth = reader.bars[0].candles
        assert (btc.symbol, eth.symbol) == SYMBOLS
        expected = [Decimal(text) for text in exchange.candle("BTCUSDT", START_MS)]
        assert [btc.open, btc.high, btc.low, btc.close, btc.volume] == expected
        assert reader.prints[-1].side == "sell"  # the buyer was the maker
        assert {b.symbol for b in reader.books} == set(SYMBOLS)


async def test_a_dropped_connection_costs_no_bar(exchange: BinanceServer, opened: Live) -> None:
    async with Reader(opened) as reader:
        await reader.until(lambda: exchange.connections == 1)
        exchange.close_bars(2)
        await reader.until(lambda: len(reader.bars) == 2)
        exchange.drop()
        exchange.close_bars(5)  # while nobody listens
        await reader.until(lambda: exchange.connections == 2 and len(reader.bars) == 7)
        exchange.close_bars(2)
        await reader.until(lambda: len(reader.bars) == 9)
        assert opens(reader.bars) == list(range(9))


async def test_a_connection_that_falls_silent_is_opened_anew(
    exchange: BinanceServer, opened: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "SILENCE_S", 0.4)
    async with Reader(opened) as reader:
        await reader.until(lambda: exchange.connections == 1)
        exchange.close_bars(2, told=())
        await reader.until(lambda: exchange.connections >= 2 and len(reader.bars) == 2)
        assert opens(reader.bars) == [0, 1]


async def test_a_bar_that_has_just_closed_is_not_taken_from_rest(
    exchange: BinanceServer, opened: Live
) -> None:
    exchange.now_ms = START_MS + 400
    async with Reader(opened) as reader:
        first = reader.first
        assert first is not None
        assert opens(list(first.history))[-1] == -2
        await reader.until(lambda: exchange.connections == 1)
        exchange.now_ms += 5_000
        exchange.close_bars(1)
        await reader.until(lambda: len(reader.bars) == 2)
        assert opens(reader.bars) == [-1, 0]


async def test_a_jump_in_the_stream_is_filled_from_rest(
    exchange: BinanceServer, opened: Live
) -> None:
    async with Reader(opened) as reader:
        await reader.until(lambda: exchange.connections == 1)
        exchange.close_bars(1)
        await reader.until(lambda: len(reader.bars) == 1)
        exchange.close_bars(3, told=())
        exchange.close_bars(1)
        await reader.until(lambda: len(reader.bars) == 5)
        assert opens(reader.bars) == list(range(5))
        assert all(len(b.candles) == 2 for b in reader.bars)


async def test_a_symbol_that_stays_silent_is_fetched(exchange: BinanceServer, opened: Live) -> None:
    async with Reader(opened) as reader:
        await reader.until(lambda: exchange.connections == 1)
        exchange.close_bars(1)
        await reader.until(lambda: len(reader.bars) == 1)
        exchange.close_bars(2, told=("BTCUSDT",))
        await reader.until(lambda: len(reader.bars) == 3)
        assert [[c.symbol for c in b.candles] for b in reader.bars] == [list(SYMBOLS)] * 3


async def test_malformed_frames_are_passed_over(exchange: BinanceServer, opened: Live) -> None:
    async with Reader(opened) as reader:
        await reader.until(lambda: exchange.connections == 1)
        for frame in (
            "not json", "[]", "null", "{}", '{"stream":1,"data":{}}', '{"stream":"btcusdt@kline_1m","data":null}',
            '{"stream":"btcusdt@kline_1m","data":{"k":{"x":true,"s":"BTCUSDT","t":"soon","o":"1"}}}',
            '{"stream":"btcusdt@kline_1m","data":{"k":{"x":true,"s":"BTCUSDT","t":60000,"o":"NaN","h":"1","l":"1",'
            '"c":"1","v":"1"}}}',
            '{"stream":"btcusdt@depth20@100ms","data":{"bids":[["2","1"]],"asks":[["1","1"]]}}',
            '{"stream":"btcusdt@trade","data":{"s":"BTCUSDT","t":-1,"T":1,"p":"1","q":"1","m":true}}',
            '{"stream":"btcusdt@trade","data":{"s":"ETHUSDT","t":1,"T":1,"p":"1","q":"1","m":true}}',
            '{"stream":"dogeusdt@trade","data":{}}', "\ud800".encode("utf-8", "replace").decode(),
        ):  # fmt: skip
            exchange.send_raw(frame)
        exchange.close_bars(2)
        await reader.until(lambda: len(reader.bars) == 2)
        assert opened.feed.malformed == 13
        assert exchange.connections == 1


async def test_a_stream_of_nonsense_is_left_and_opened_again(
    exchange: BinanceServer, opened: Live
) -> None:
    async with Reader(opened) as reader:
        await reader.until(lambda: exchange.connections == 1)
        for _ in range(stream.MALFORMED_MAX):
            exchange.send_raw("nonsense")
        await reader.until(lambda: exchange.connections == 2)
        exchange.close_bars(1)
        await reader.until(lambda: len(reader.bars) == 1)


async def test_a_repeated_bar_is_told_once(exchange: BinanceServer, opened: Live) -> None:
    async with Reader(opened) as reader:
        await reader.until(lambda: exchange.connections == 1)
        exchange.close_bars(1)
        await reader.until(lambda: len(reader.bars) == 1)
        for symbol in SYMBOLS:
            event = exchange._kline_event(symbol, START_MS, closed=True)
            exchange.send(f"{symbol.lower()}@kline_1m", event)
        exchange.close_bars(1)
        await reader.until(lambda: len(reader.bars) == 2)
        await asyncio.sleep(0.3)
        assert opens(reader.bars) == [0, 1]


async def test_while_rest_refuses_bars_wait_and_none_is_lost(
    exchange: BinanceServer, opened: Live
) -> None:
    async with Reader(opened) as reader:
        await reader.until(lambda: exchange.connections == 1)
        exchange.close_bars(1)
        await reader.until(lambda: len(reader.bars) == 1)
        exchange.refuses = True
        exchange.close_bars(2, told=())
        exchange.close_bars(1)
        await asyncio.sleep(0.4)
        assert opens(reader.bars) == [0]
        exchange.refuses = False
        await reader.until(lambda: len(reader.bars) == 4)
        assert opens(reader.bars) == [0, 1, 2, 3]


async def test_a_restart_begins_with_the_bars_it_missed(
    exchange: BinanceServer, opened: Live
) -> None:
    since = from_ms(START_MS - 1200 * MINUTE_MS)  # more than one answer of REST holds
    async with Reader(opened, since) as reader:
        assert reader.first is not None
        assert reader.first.history == ()
        await reader.until(lambda: len(reader.bars) == 1200)
        exchange.close_bars(1)
        await reader.until(lambda: len(reader.bars) == 1201)
        assert opens(reader.bars) == list(range(-1200, 1))


async def test_a_live_tape_is_kept_with_books_and_trades(
    exchange: BinanceServer, opened: Live, db: Database
) -> None:
    async with Reader(opened) as reader:
        await reader.until(lambda: exchange.connections == 1)
        exchange.tick()
        exchange.close_bars(2)
        await reader.until(lambda: len(reader.bars) == 2 and len(reader.prints) >= 2)
        first = reader.first
        assert first is not None
    db.clock.move_to(first.history[-1].close_at)  # type: ignore[attr-defined]  # the fixture's tape clock
    async with db.transaction() as tx:
        tape = await market.open_tape(tx, opened, "1x")
        assert tape.next_open_at is None
        await market.store_quotes(tx, first)
        await market.store_quotes(tx, first)  # told twice, kept once
    for bars in reader.bars:
        async with db.transaction() as tx:
            await market.store_bars(tx, bars)
    later = market.Step(books=tuple(reader.books), prints=tuple(reader.prints))
    async with db.transaction() as tx:
        await market.store_quotes(tx, later)
        book = await market.book(tx, "BTCUSDT", 5)
        made = await market.trades(tx, "BTCUSDT", 1000)
        kept = await market.candles(tx, "BTCUSDT", until=reader.bars[-1].close_at, limit=100)
        tape = await market.tape(tx)
    assert book is not None
    assert (book.model, len(book.bids), len(book.asks)) == ("exchange", 5, 5)
    assert made
    assert all(a.id < b.id for a, b in pairwise(made))
    assert all(one.model == "exchange" for one in made)
    assert [c.open_at for c in kept] == [b.open_at for b in (*first.history, *reader.bars)]
    assert tape.next_open_at == reader.bars[-1].close_at
    assert tape.steps == 2
    now = reader.bars[-1].close_at + timedelta(seconds=40)
    db.clock.move_to(now)  # type: ignore[attr-defined]  # the fixture's tape clock
    async with db.transaction() as tx:  # between bars a live arena's time goes on
        assert (await market.tape(tx)).product_now == now
        day = await market.statistics_24h(tx, "BTCUSDT")
        assert day is not None
        assert (day.until, day.bars) == (now, len(kept))


async def test_steps_the_exchange_has_changed_are_known_at_the_next_start(
    opened: Live, db: Database
) -> None:
    async with db.transaction() as tx:
        await market.open_tape(tx, opened, "1x")
    btc, eth = opened.instruments
    opened.instruments = (replace(btc, tick=Decimal("0.001"), status="halted"), eth)
    async with db.transaction() as tx:
        await market.open_tape(tx, opened, "1x")
        assert await market.instruments(tx) == list(opened.instruments)


async def test_of_trades_only_the_latest_thousand_are_kept(
    opened: Live, db: Database, exchange: BinanceServer
) -> None:
    made = tuple(
        market.Print("BTCUSDT", i, from_ms(START_MS) + timedelta(seconds=i), Decimal(1), Decimal(1), "buy", "exchange")
        for i in range(2500)
    )  # fmt: skip
    async with db.transaction() as tx:
        await market.open_tape(tx, opened, "1x")
        for start in range(0, 2500, 500):
            await market.store_quotes(tx, market.Step(prints=made[start : start + 500]))
        assert await tx.fetchval("select count(*) from trade_print") == 1000
        kept = await market.trades(tx, "BTCUSDT", 1000)
    assert [one.id for one in kept] == list(range(1500, 2500))


async def test_recorded_answers_of_the_exchange_are_understood(
    shared_data: Path, at_exchange: Settings
) -> None:
    with BinanceServer(shared_data / "messages" / "binance" / "rest") as recorded:
        settings = at_exchange.model_copy(
            update={
                "binance_rest_url": recorded.rest_url,
                "binance_stream_url": recorded.stream_url,
            }
        )
        source = await asyncio.to_thread(open_live, settings)
        assert [i.tick for i in source.instruments] == [Decimal("0.01")] * 2
        async with Reader(source) as reader:
            assert reader.first is not None
            assert any(b.bids[0].price > 1000 for b in reader.first.books)
            assert len(reader.first.prints) > 2
