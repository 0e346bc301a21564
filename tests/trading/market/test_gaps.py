"""Missing bars are marked, and filled from the exchange's history as far as it has them."""

from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest

from arena.kit.clock import from_iso, from_ms, iso_ms
from arena.kit.db import Database
from arena.kit.http import CallFailed
from arena.kit.settings import Settings
from arena.trading import market
from arena.trading.market.binance import Live
from arena.trading.market.gaps import mend_once
from arena.trading.market.routes import routes
from tests.http import make_client
from tests.trading.market.binance_server import MINUTE_MS, START_MS, BinanceServer
from tests.trading.market.reader import Reader

LOST = {("BTCUSDT", 10), ("BTCUSDT", 11), ("BTCUSDT", 20), ("ETHUSDT", 5)}


@pytest.fixture
async def client(db: Database, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with make_client(db, settings, routes) as made:
        yield made


async def live_tape(db: Database, exchange: BinanceServer, opened: Live) -> None:
    """Thirty minutes of history of both symbols, of which three of one and one of the other are missing."""
    async with Reader(opened) as reader:
        assert reader.first is not None
        history = reader.first.history
    db.clock.move_to(history[-1].close_at)  # type: ignore[attr-defined]  # the fixture's tape clock
    kept = [
        market.Bars(b.open_at, 60, tuple(c for c in b.candles if (c.symbol, n) not in LOST))
        for n, b in enumerate(history)
    ]
    async with db.transaction() as tx:
        await market.open_tape(tx, opened, "1x")
        await market.store_quotes(tx, market.Step(history=tuple(kept)))


async def spans(db: Database, symbol: str) -> list[tuple[int, int, bool]]:
    """(bars after the first one, bars missing, whether the exchange was asked in vain)"""
    first = START_MS - 30 * MINUTE_MS
    async with db.transaction(readonly=True) as tx:
        found = await market.find_gaps(tx, symbol, since=from_ms(first), until=from_ms(START_MS))
    return [
        ((one.open_at - from_ms(first)) // timedelta(minutes=1), one.bars, one.asked_at is not None)
        for one in found
    ]


async def test_gaps_are_filled_from_the_exchanges_history(
    db: Database, exchange: BinanceServer, opened: Live
) -> None:
    await live_tape(db, exchange, opened)
    assert await spans(db, "BTCUSDT") == [(10, 2, False), (20, 1, False)]
    assert await spans(db, "ETHUSDT") == [(5, 1, False)]
    assert await mend_once(db, opened) == 4
    assert await spans(db, "BTCUSDT") == await spans(db, "ETHUSDT") == []
    async with db.transaction(readonly=True) as tx:
        made = await market.candles(tx, "BTCUSDT", until=from_ms(START_MS), limit=100)
        assert (await market.tape(tx)).steps == 0  # filled bars are never played
    assert len(made) == 30
    told = exchange.candle("BTCUSDT", START_MS - 20 * MINUTE_MS)
    assert (made[10].open, made[10].volume) == (Decimal(told[0]), Decimal(told[4]))


async def test_what_the_exchange_has_not_is_asked_for_once(
    db: Database, exchange: BinanceServer, opened: Live
) -> None:
    await live_tape(db, exchange, opened)
    exchange.stood_still = range(START_MS - 20 * MINUTE_MS, START_MS - 18 * MINUTE_MS)
    assert await mend_once(db, opened) == 2
    assert await spans(db, "BTCUSDT") == [(10, 2, True)]
    asked = exchange.requests.count("klines")
    assert await mend_once(db, opened) == 0
    assert exchange.requests.count("klines") == asked


async def test_while_the_exchange_does_not_answer_gaps_stay_open(
    db: Database, exchange: BinanceServer, opened: Live
) -> None:
    await live_tape(db, exchange, opened)
    exchange.refuses = True
    assert await mend_once(db, opened) == 0
    assert await spans(db, "BTCUSDT") == [(10, 2, False), (20, 1, False)]
    exchange.refuses = False
    assert await mend_once(db, opened) == 4


async def test_an_odd_answer_leaves_gaps_open(
    db: Database, exchange: BinanceServer, opened: Live
) -> None:
    await live_tape(db, exchange, opened)
    exchange.odd = True
    with pytest.raises(CallFailed, match="klines"):
        await opened.history("BTCUSDT", from_ms(START_MS - MINUTE_MS), from_ms(START_MS))
    assert await mend_once(db, opened) == 0


async def test_sources_without_a_history_are_left_alone(db: Database) -> None:
    await market.mend(db, market.sample_source())


async def test_candles_and_gaps_are_shown_with_what_is_missing(
    client: httpx.AsyncClient, db: Database, played: list[market.Bars]
) -> None:
    async with db.transaction() as tx:
        for bars in (played[100], played[101], played[200]):
            await tx.execute("delete from candle where open_at = $1", bars.open_at)
    lost = [(played[100].open_at, played[102].open_at), (played[200].open_at, played[201].open_at)]
    ask = {"symbol": "BTC-USD", "from": iso_ms(played[0].open_at), "limit": 5000}
    for interval in ("15m", "1h"):
        answer = (
            await client.get("/market-data/candles", params={**ask, "interval": interval})
        ).json()
        told = [(from_iso(g["from"]), from_iso(g["until"])) for g in answer["gaps"]]
        assert told == lost
    shown = (await client.get("/market-data/gaps", params={"symbol": "BTC-USD"})).json()
    assert [(from_iso(g["from"]), from_iso(g["until"])) for g in shown["data"]] == lost
    assert shown["data"][0]["bars"] == 2
    assert shown["data"][0]["asked_at"] is None
    none = await client.get(
        "/market-data/gaps", params={"symbol": "BTC-USD", "to": iso_ms(played[3].open_at)}
    )
    assert none.json()["data"] == []
    assert (await client.get("/market-data/gaps", params={"symbol": "NOPE"})).status_code == 404
