"""Which source is taken: live where the exchange answers in time, else the folder, else the sample."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.trading import market
from tests.trading.market.binance_server import BinanceServer

Choose = Callable[[Settings], Awaitable[market.Source]]


@pytest.fixture
def choose() -> Choose:
    async def choose(settings: Settings) -> market.Source:
        return await asyncio.to_thread(market.choose_source, settings)

    return choose


async def test_auto_takes_live_where_the_exchange_answers(
    at_exchange: Settings, choose: Choose
) -> None:
    source = await choose(at_exchange)
    assert (source.name, source.live) == ("live", True)
    assert "answered within 3 s" in source.reason


async def test_auto_takes_the_sample_where_the_exchange_is_too_slow(
    exchange: BinanceServer, at_exchange: Settings, choose: Choose
) -> None:
    exchange.slow_s = 3.5
    source = await choose(at_exchange)
    assert source.name == "sample"
    assert "did not answer within 3 s; no folder is set" in source.reason


async def test_live_alone_is_refused_where_the_exchange_does_not_answer(
    exchange: BinanceServer, at_exchange: Settings, choose: Choose
) -> None:
    exchange.refuses = True
    with pytest.raises(market.NoPrices, match=r"is of no use: .*status 503"):
        await choose(at_exchange.model_copy(update={"source": "live"}))


async def test_auto_takes_the_folder_where_nobody_answers(
    settings: Settings, choose: Choose, tmp_path: Path
) -> None:
    from arena.trading.market.sample import FILE

    folder = tmp_path / "prices"
    folder.mkdir()
    (folder / FILE.name).write_bytes(FILE.read_bytes())
    away = settings.model_copy(update={"binance_rest_url": "http://127.0.0.1:9", "data": folder})
    source = await choose(away)
    assert source.name == "folder"
    assert source.pack.symbols == ("BTC-USD",)
    empty = await choose(away.model_copy(update={"data": tmp_path / "home"}))
    assert empty.name == "sample"
    assert "is not a folder" in empty.reason
    with pytest.raises(market.NoPrices, match="ARENA_DATA names no folder"):
        await choose(away.model_copy(update={"source": "folder", "data": None}))


async def test_a_restart_stays_with_the_source_of_its_tape(
    db: Database, at_exchange: Settings
) -> None:
    async with db.transaction() as tx:
        tape = await market.open_tape(tx, market.sample_source(), "max")
    source = await asyncio.to_thread(market.choose_source, at_exchange, tape)
    assert source.name == "sample"
    assert source.pack.sha == tape.pack_sha


async def test_a_symbol_the_exchange_does_not_trade_is_named(
    at_exchange: Settings, choose: Choose
) -> None:
    odd = at_exchange.model_copy(update={"source": "live", "symbols": "BTCUSDT,NOSUCH"})
    with pytest.raises(market.NoPrices, match=r"NOSUCH is not traded .* has BTCUSDT"):
        await choose(odd)
    with pytest.raises(market.NoPrices, match="no bars of 7m"):
        await choose(at_exchange.model_copy(update={"source": "live", "interval": "7m"}))
