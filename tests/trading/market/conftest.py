"""For the market's tests: the sample tape, played a while, and a local exchange."""

import asyncio
from collections.abc import Iterator

import pytest

from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.trading import market
from arena.trading.market.binance import Live, books, live, open_live, stream
from tests.trading.market.binance_server import SYMBOLS, BinanceServer


@pytest.fixture
async def played(db: Database) -> list[market.Bars]:
    """The sample tape opened and its first 300 bars played; those bars."""
    source = market.sample_source()
    bars = [one for one, _ in zip(source.bars_from(None), range(300), strict=False)]
    async with db.transaction() as tx:
        await market.open_tape(tx, source, "max")
        for one in bars:
            await market.store_bars(tx, one)
    db.clock.move_to(bars[-1].close_at)  # type: ignore[attr-defined]  # the fixture's tape clock
    return bars


@pytest.fixture
def exchange() -> Iterator[BinanceServer]:
    with BinanceServer() as server:
        yield server


@pytest.fixture
def at_exchange(
    exchange: BinanceServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    """Settings that lead to the local exchange; pauses are short."""
    monkeypatch.setattr(live, "HISTORY_BARS", 30)
    monkeypatch.setattr(live, "FLUSH_S", 0.05)
    monkeypatch.setattr(live, "GRACE_S", 0.2)
    monkeypatch.setattr(live, "REPAIR_EVERY_S", 0.05)
    monkeypatch.setattr(stream, "PAUSE_S_MIN", 0.05)
    monkeypatch.setattr(books, "LOOK_S", 0.01)
    monkeypatch.setattr(books, "PAUSE_S_MIN", 0.05)
    monkeypatch.setattr(books, "FIRST_DIFFERENCE_S", 0.1)
    return settings.model_copy(
        update={
            "binance_rest_url": exchange.rest_url,
            "binance_stream_url": exchange.stream_url,
            "symbols": ",".join(SYMBOLS),
        }
    )


@pytest.fixture
async def opened(at_exchange: Settings) -> Live:
    return await asyncio.to_thread(open_live, at_exchange)
