"""Prices of two exchanges over sockets: one falls silent or dies, the other takes over, and nobody hears a break."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest

from arena.kit.clock import from_ms, to_ms
from arena.kit.settings import Settings
from arena.trading import market
from arena.trading.market import failover
from arena.trading.market.failover import Failover
from arena.trading.market.numbering import Numbering
from arena.trading.market.open_prices import merged, open_prices
from tests.trading.market.binance_server import MINUTE_MS, START_MS, SYMBOLS, BinanceServer
from tests.trading.market.reader import Reader

SILENT_S, WELL_S = 4.0, 1.0  # a busy machine may pause for seconds


@pytest.fixture
def other() -> Iterator[BinanceServer]:
    """Another exchange, whose numbers are lower and whose prices are its own."""
    with BinanceServer() as server:
        server._trades = 7
        for book in server._books.values():
            book["lastUpdateId"] = 40
            book["bids"][0][1] = "9.75000000"
        yield server


@pytest.fixture
def settings_of_two(at_exchange: Settings, other: BinanceServer) -> Settings:
    return at_exchange.model_copy(
        update={"second_rest_url": other.rest_url, "second_stream_url": other.stream_url}
    )


@pytest.fixture
async def both(settings_of_two: Settings, monkeypatch: pytest.MonkeyPatch) -> Failover:
    monkeypatch.setattr(failover, "LOOK_S", 0.05)
    source = await asyncio.to_thread(open_prices, settings_of_two)
    assert isinstance(source, Failover)
    source._silent_s, source._well_s = SILENT_S, WELL_S
    return source


@contextlib.asynccontextmanager
async def beating(*servers: BinanceServer) -> AsyncIterator[set[BinanceServer]]:
    """The exchanges trade on: a change of each book and a trade many times a second. Those taken out of the set fall
    silent."""
    alive = set(servers)

    async def beat() -> None:
        while True:
            for server in list(alive):
                await asyncio.to_thread(server.tick)
            await asyncio.sleep(0.05)

    task = asyncio.create_task(beat())
    try:
        yield alive
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def venue(reader: Reader) -> str:
    return str(reader.states[-1]["venue"]) if reader.states else ""


def host(server: BinanceServer) -> str:
    return f"127.0.0.1:{server.port}"


def one_line(reader: Reader) -> None:
    """Numbers rise, bars follow each other, books never cross, a difference follows what was told before."""
    opens = [to_ms(b.open_at) for b in reader.bars]
    assert all(b - a == MINUTE_MS for a, b in pairwise(opens)), opens
    for symbol in SYMBOLS:
        ids = [e.id for e in reader.events if isinstance(e, market.Print) and e.symbol == symbol]
        assert all(a < b for a, b in pairwise(ids))
        last, mirror = 0, market.Mirror(symbol)
        for event in reader.events:
            if event.symbol != symbol or isinstance(event, market.Print):
                continue
            if isinstance(event, market.DepthUpdate):
                assert event.first_id <= last + 1 <= event.last_id
            else:
                assert event.last_id >= last
            last = event.last_id
            mirror.apply(event)
            assert not mirror.crossed


@pytest.mark.venues
async def test_a_dead_venue_is_left_and_gone_back_to(
    exchange: BinanceServer, other: BinanceServer, both: Failover
) -> None:
    async with beating(exchange, other) as alive, Reader(both) as reader:
        await reader.until(lambda: venue(reader) == host(exchange) and reader.states[-1]["ok"])
        for server in (exchange, other):
            server.close_bars(2)
        await reader.until(lambda: len(reader.bars) == 2)
        # It dies: connections go, and REST refuses.
        alive.discard(exchange)
        exchange.refuses = True
        exchange.drop()
        await reader.until(lambda: venue(reader) == host(other) and reader.states[-1]["ok"])
        assert any(host(other) in note for note in reader.notes)
        state = reader.states[-1]
        assert state["last_switch"]["from"] == host(exchange)
        assert [(v["venue"], v["active"]) for v in state["venues"]] == [
            (host(exchange), False), (host(other), True),
        ]  # fmt: skip
        for server in (exchange, other):
            server.close_bars(3)
        await reader.until(lambda: len(reader.bars) == 5)
        await reader.until(lambda: _best(reader, "BTCUSDT") == 975_000)  # the other's book, whole
        exchange.refuses = False
        alive.add(exchange)
        await reader.until(lambda: venue(reader) == host(exchange) and reader.states[-1]["ok"])
        for server in (exchange, other):
            server.close_bars(2)
        await reader.until(lambda: len(reader.bars) == 7)
        await reader.until(lambda: _best(reader, "BTCUSDT") == 150_000)
        one_line(reader)
        assert [to_ms(b.open_at) for b in reader.bars] == [
            START_MS + n * MINUTE_MS for n in range(7)
        ]


def _best(reader: Reader, symbol: str) -> int:
    """Steps offered at the best bid."""
    book = reader.mirrors[symbol].snapshot(1)
    return book.bids[0][1] if book and book.bids else 0


@pytest.mark.venues
async def test_silence_alone_is_enough(
    exchange: BinanceServer, other: BinanceServer, both: Failover
) -> None:
    async with beating(exchange, other) as alive, Reader(both) as reader:
        await reader.until(lambda: venue(reader) == host(exchange) and reader.states[-1]["ok"])
        alive.discard(exchange)  # its sockets stay open
        await reader.until(lambda: venue(reader) == host(other))
        assert "silent" in reader.states[-1]["last_switch"]["why"]
        alive.add(exchange)
        await reader.until(lambda: venue(reader) == host(exchange))
        one_line(reader)


@pytest.mark.venues
async def test_books_that_cannot_be_made_whole_are_enough(
    exchange: BinanceServer, other: BinanceServer, both: Failover
) -> None:
    async with beating(exchange, other), Reader(both) as reader:
        await reader.until(lambda: venue(reader) == host(exchange) and reader.states[-1]["ok"])
        exchange.stale_snapshots = 10**6
        exchange.drop()  # trades go on, but no snapshot fits
        await reader.until(lambda: venue(reader) == host(other))
        assert "not whole" in reader.states[-1]["last_switch"]["why"]
        one_line(reader)


@pytest.mark.venues
async def test_where_no_venue_is_well_the_books_are_taken_down(
    exchange: BinanceServer, other: BinanceServer, both: Failover
) -> None:
    async with beating(exchange, other) as alive, Reader(both) as reader:
        await reader.until(lambda: venue(reader) == host(exchange) and reader.states[-1]["ok"])
        alive.clear()
        other.refuses = True
        await reader.until(lambda: not any(m.bids.keys for m in reader.mirrors.values()))
        assert any("no venue has prices" in note for note in reader.notes)
        assert not reader.states[-1]["ok"]
        alive.add(exchange)
        await reader.until(lambda: all(m.bids.keys for m in reader.mirrors.values()))
        await reader.until(lambda: bool(reader.states[-1]["ok"]))
        one_line(reader)
        for symbol in SYMBOLS:
            await reader.until(lambda symbol=symbol: _whole(reader, exchange, symbol))  # type: ignore[misc]  # bound now


def _whole(reader: Reader, server: BinanceServer, symbol: str) -> bool:
    told, scale = reader.mirrors[symbol].snapshot(), market.Scale(reader.instruments[symbol])
    book = server._books[symbol]
    same = told is not None and told.asks == scale.levels(book["asks"])
    return same and told is not None and len(told.bids) == len(book["bids"])


@pytest.mark.venues
async def test_a_venue_that_is_away_at_the_start_may_come_later(
    exchange: BinanceServer, other: BinanceServer, settings_of_two: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setattr(failover, "LOOK_S", 0.05)
    exchange.refuses = True
    source = await asyncio.to_thread(open_prices, settings_of_two)
    assert isinstance(source, Failover)
    source._silent_s, source._well_s = SILENT_S, WELL_S
    async with beating(exchange, other), Reader(source) as reader:
        await reader.until(lambda: venue(reader) == host(other) and reader.states[-1]["ok"])
        await reader.until(lambda: bool(reader.history))
        exchange.refuses = False
        await reader.until(lambda: venue(reader) == host(exchange))
        one_line(reader)


async def test_nobody_at_all_is_no_prices(
    exchange: BinanceServer, other: BinanceServer, settings_of_two: Settings
) -> None:
    exchange.refuses = other.refuses = True
    with pytest.raises(market.NoPrices, match=str(exchange.port)):
        await asyncio.to_thread(open_prices, settings_of_two)


def test_venues_are_played_in_the_finest_steps_of_any() -> None:
    coarse = market.Instrument(
        "BTCUSDT", "BTC", "USDT", Decimal("0.1"), Decimal("0.001"), Decimal(5)
    )
    fine = replace(coarse, tick=Decimal("0.01"), step=Decimal("0.01"))
    lone = replace(coarse, symbol="ETHUSDT")
    (one,) = merged([(coarse, lone), (fine,)])
    assert (one.tick, one.step) == (Decimal("0.01"), Decimal("0.001"))
    with pytest.raises(market.NoPrices, match="nothing in common"):
        merged([(lone,), (fine,)])


def test_numbers_go_on_rising_over_switches() -> None:
    at, numbering = from_ms(START_MS), Numbering()

    def trade(number: int) -> int:
        made = market.Print("BTCUSDT", number, at, Decimal(1), Decimal(1), "buy", "exchange")
        told = numbering.of(made)
        assert isinstance(told, market.Print)
        assert numbering.shown(made) == told
        return told.id

    def book(first: int, last: int) -> tuple[int, int]:
        told = numbering.of(market.DepthUpdate("BTCUSDT", at, first, last, (), ()))
        assert isinstance(told, market.DepthUpdate)
        return told.first_id, told.last_id

    assert [trade(900), trade(902), book(50, 55)] == [900, 902, (50, 55)]
    numbering.begin_anew()
    assert [trade(3), trade(4), book(7, 8), book(9, 9)] == [903, 904, (55, 56), (57, 57)]
    numbering.begin_anew()
    assert [trade(950), book(70, 71)] == [950, (70, 71)]
