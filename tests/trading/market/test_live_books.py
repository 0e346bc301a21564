"""Books of a live exchange: whole, uncrossed, handed on at once; asked for anew when anything was missed."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from arena.trading import market
from arena.trading.market.binance import Live, books, inbox, live, weight
from arena.trading.market.binance.inbox import Inbox
from tests.trading.market.binance_server import SYMBOLS, BinanceServer
from tests.trading.market.reader import Reader

NONE = "0.00000000"


def same(reader: Reader, exchange: BinanceServer, symbol: str = "BTCUSDT") -> bool:
    """Whether the events tell the very book the exchange has."""
    told, book = reader.mirrors[symbol].snapshot(), exchange._books[symbol]
    scale = market.Scale(reader.instruments[symbol])
    return told is not None and (told.last_id, told.bids, told.asks) == (
        book["lastUpdateId"], scale.levels(book["bids"]), scale.levels(book["asks"])
    )  # fmt: skip


@pytest.fixture
async def reader(opened: Live, exchange: BinanceServer) -> AsyncIterator[Reader]:
    """Reads until both books are whole."""
    async with Reader(opened) as reader:
        await reader.until(lambda: all(same(reader, exchange, symbol) for symbol in SYMBOLS))
        yield reader


async def test_differences_follow_a_snapshot_and_keep_the_book_equal(
    reader: Reader, exchange: BinanceServer
) -> None:
    exchange.change("BTCUSDT", "bids", "100.50000000", "3.00000000")
    exchange.change("BTCUSDT", "bids", "100.00000000", NONE)
    exchange.change("BTCUSDT", "asks", "120.00000000", "1.00000000")
    exchange.trade("BTCUSDT")
    await reader.until(lambda: same(reader, exchange) and len(reader.events) >= 6)
    kinds = [type(e).__name__ for e in reader.events if e.symbol == "BTCUSDT"]
    assert kinds == ["DepthSnapshot", *["DepthUpdate"] * 3, "Print"]
    await reader.until(lambda: any(b.bids[0].quantity == 3 for b in reader.books))
    assert all(len(b.bids) <= 20 for b in reader.books)


async def test_events_do_not_wait_for_the_next_look(
    exchange: BinanceServer, opened: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "FLUSH_S", 30)
    async with Reader(opened) as reader:
        await reader.until(lambda: exchange.connections == 1)
        began = time.monotonic()
        exchange.trade("ETHUSDT")
        await reader.until(lambda: any(isinstance(e, market.Print) for e in reader.events))
        assert time.monotonic() - began < 10  # far from the next look
        assert reader.prints == []


async def test_a_missed_difference_is_noticed_and_the_book_asked_for_anew(
    reader: Reader, exchange: BinanceServer
) -> None:
    exchange.change("BTCUSDT", "bids", "100.20000000", "5.00000000", told=False)
    exchange.change("BTCUSDT", "bids", "100.30000000", "6.00000000")
    await reader.until(lambda: same(reader, exchange))
    snapshots = [e for e in reader.events if isinstance(e, market.DepthSnapshot)]
    assert [e.symbol for e in snapshots].count("BTCUSDT") == 2
    assert [e.symbol for e in snapshots].count("ETHUSDT") == 1
    whole = {"resyncs": 1, "ok": True}
    await reader.until(lambda: bool(reader.states) and whole.items() <= reader.states[-1].items())


async def test_a_crossed_book_is_not_handed_on(reader: Reader, exchange: BinanceServer) -> None:
    last = exchange._books["BTCUSDT"]["lastUpdateId"]
    exchange.send("btcusdt@depth@100ms", {
        "e": "depthUpdate", "E": exchange.now_ms, "s": "BTCUSDT", "U": last + 1, "u": last + 1,
        "b": [["101.00000000", "1.00000000"]], "a": [],
    })  # fmt: skip
    exchange._books["BTCUSDT"]["lastUpdateId"] += 1
    await reader.until(lambda: sum(isinstance(e, market.DepthSnapshot) for e in reader.events) == 3)
    assert same(reader, exchange)
    mirror = market.Mirror("BTCUSDT")
    for event in reader.events:
        if event.symbol == "BTCUSDT" and not isinstance(event, market.Print):
            mirror.apply(event)
            assert not mirror.crossed


async def test_snapshots_from_before_the_stream_are_passed_over(
    exchange: BinanceServer, opened: Live
) -> None:
    exchange.stale_snapshots = 4  # two of them are those of the opening
    async with Reader(opened) as reader:
        await reader.until(lambda: exchange.connections == 1)
        for _ in range(20):
            exchange.change("BTCUSDT", "bids", "90.00000000", "7.00000000")
            exchange.change("ETHUSDT", "bids", "90.00000000", "7.00000000")
            await asyncio.sleep(0.02)
        await reader.until(lambda: all(same(reader, exchange, symbol) for symbol in SYMBOLS))
        assert exchange.requests.count("depth") >= 2 + 4


async def test_after_a_lost_connection_books_begin_anew(
    reader: Reader, exchange: BinanceServer
) -> None:
    exchange.drop()
    for _ in range(5):
        exchange.change("BTCUSDT", "asks", "101.50000000", "9.00000000")
    await reader.until(lambda: exchange.connections == 2)
    await reader.until(lambda: same(reader, exchange))
    exchange.change("BTCUSDT", "asks", "101.50000000", NONE)
    await reader.until(lambda: same(reader, exchange))


async def test_a_book_nobody_hears_of_is_taken_down(
    reader: Reader, exchange: BinanceServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(books, "STALE_S", 0.3)
    exchange.refuses = True
    exchange.drop()
    await reader.until(lambda: not any(m.bids.keys or m.asks.keys for m in reader.mirrors.values()))
    await reader.until(lambda: any(not b.bids for b in reader.books))
    await reader.until(lambda: any(not state["ok"] for state in reader.states))
    exchange.refuses = False
    await reader.until(lambda: all(same(reader, exchange, symbol) for symbol in SYMBOLS))
    await reader.until(lambda: reader.states[-1]["ok"])


async def test_trades_that_were_missed_are_counted(reader: Reader, exchange: BinanceServer) -> None:
    exchange.trade("BTCUSDT")
    exchange._trades += 3
    exchange.trade("BTCUSDT")
    await reader.until(lambda: bool(reader.states) and reader.states[-1]["trades_missed"] == 3)


async def test_while_bars_are_repaired_events_go_on(
    reader: Reader, exchange: BinanceServer
) -> None:
    exchange.slow_s = 600  # longer than anybody waits here
    exchange.close_bars(2, told=())
    exchange.close_bars(1)
    before = len(reader.events)
    exchange.change("BTCUSDT", "bids", "95.00000000", "8.00000000")
    await reader.until(lambda: len(reader.events) > before)
    assert reader.bars == []
    exchange.slow_s = 0
    await reader.until(lambda: len(reader.bars) == 3)


def test_events_nobody_takes_all_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "EVENTS_MAX", 3)
    box, gone = Inbox(), market.DepthSnapshot("BTCUSDT", books.wall_now(), 1, (), ())
    assert box.put_events([gone] * 3)
    assert not box.put_events([gone])
    assert box.take_events() == ()
    assert box.dropped == 4


async def test_a_ban_is_obeyed_and_the_weight_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    budget = weight.Budget()
    await budget.spend(50)
    budget.told(200, {"x-mbx-used-weight-1m": "4790"})
    assert budget._pause_s(50) > 0
    assert budget._pause_s(10) == 0
    budget.told(429, {"retry-after": "900"})
    with pytest.raises(weight.WeightSpent, match=r"for (899|900) s"):
        await budget.spend(1)
    monkeypatch.setattr(weight, "WINDOW_S", 0.3)
    monkeypatch.setattr(weight, "PER_WINDOW", 10)
    small, began = weight.Budget(), time.monotonic()
    for _ in range(3):
        await small.spend(8)
    assert 0.3 <= time.monotonic() - began < 2
