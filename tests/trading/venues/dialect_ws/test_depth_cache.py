"""Ten minutes of a recorded session, replayed to a real client's depth cache over a socket: in step at every update."""

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from binance.async_client import AsyncClient
from binance.ws.depthcache import DepthCacheManager
from binance.ws.streams import BinanceSocketManager

from arena.kit.settings import Settings
from arena.trading.market import DepthSnapshot, DepthUpdate, Instrument, Mirror, read_messages
from arena.trading.venues.dialects.binance.schema.numbers import scale
from tests.trading.floor.stage import open_exchange

pytestmark = pytest.mark.venues
BTCUSDT = Instrument("BTCUSDT", "BTC", "USDT", Decimal("0.01"), Decimal("0.00001"), Decimal(5))
PRICE, QUANTITY = scale(BTCUSDT.tick), scale(BTCUSDT.step)
PARTS = ("20240808", "20240809")


class Truth:
    """The exchange's book in the client's own words: price -> quantity as text, kept up to date by each event."""

    def __init__(self) -> None:
        self.mirror = Mirror("BTCUSDT")
        self.sides: tuple[dict[str, str], dict[str, str]] = ({}, {})

    def take(self, event: DepthSnapshot | DepthUpdate) -> None:
        self.mirror.apply(event)
        for side, levels in zip(self.sides, (event.bids, event.asks), strict=True):
            if isinstance(event, DepthSnapshot):
                side.clear()
            for price, quantity in levels:
                side[PRICE.text(price)] = QUANTITY.text(quantity)
                if not quantity:
                    side.pop(PRICE.text(price))


async def test_a_depth_cache_stays_in_step_for_ten_minutes(
    database_url: str, settings: Settings, shared_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shared_data / "messages" / "binance" / "ws"
    files = [folder / f"btcusdt-depth-trade-bookticker-{part}.log.gz" for part in PARTS]
    events = iter(read_messages(files, BTCUSDT))
    truth = Truth()
    async with open_exchange(database_url, settings, BTCUSDT) as stage:
        for event in events:
            stage.floor.feed([event])
            if isinstance(event, DepthSnapshot):
                truth.take(event)
                break
        begun = stage.floor.market("BTCUSDT").at
        monkeypatch.setattr(AsyncClient, "API_URL", stage.url + "/api")
        monkeypatch.setattr(
            BinanceSocketManager, "STREAM_URL", stage.url.replace("http", "ws") + "/"
        )
        client = await AsyncClient.create()
        snapshots = count_snapshots(client, monkeypatch)
        manager = DepthCacheManager(
            client, "BTCUSDT", refresh_interval=0, limit=5000, conv_type=str, ws_interval=100
        )
        compared = 0
        async with manager as cache:
            for event in events:
                stage.floor.feed([event])
                if not isinstance(event, DepthUpdate):
                    continue
                truth.take(event)
                seen = await reached(cache, event.last_id)
                assert (seen._bids, seen._asks) == truth.sides, event.last_id
                compared += 1
        lasted = stage.floor.market("BTCUSDT").at - begun
        await client.close_connection()
    assert snapshots == ["BTCUSDT"], "a client that sees a gap takes another snapshot"
    assert compared > 6_000
    assert lasted.total_seconds() > 600


def count_snapshots(client: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The symbols of the snapshots the client asks for from now on."""
    asked, real = [], client.get_order_book

    async def counted(**words: Any) -> Any:
        asked.append(words["symbol"])
        return await real(**words)

    monkeypatch.setattr(client, "get_order_book", counted)
    return asked


async def reached(cache: Any, last_id: int) -> Any:
    """The client's book when it has taken in that update."""
    async with asyncio.timeout(10):
        while True:
            seen = await cache.recv()
            if cache._last_update_id == last_id:
                return seen if seen is not None else cache.get_depth_cache()
