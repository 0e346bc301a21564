"""python-binance, as its users run it: sockets of the market, a depth cache, the account's events, orders by ws-api."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from binance.async_client import AsyncClient
from binance.ws.depthcache import DepthCacheManager
from binance.ws.streams import BinanceSocketManager

from tests.trading.venues.dialect_ws.conftest import Stage, soon

pytestmark = pytest.mark.venues


@pytest.fixture(params=["hmac", "ed25519"])
async def client(
    stage: Stage, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Any]:
    monkeypatch.setattr(AsyncClient, "API_URL", stage.http + "/api")
    monkeypatch.setattr(AsyncClient, "WS_API_URL", stage.ws + "/ws-api/v3")
    monkeypatch.setattr(BinanceSocketManager, "STREAM_URL", stage.ws + "/")
    held = stage.held(request.param)
    secret = {"private_key" if held.ed25519 else "api_secret": held.secret}
    made = await AsyncClient.create(held.api_key, **secret)
    try:
        yield made
    finally:
        await made.close_connection()


async def test_it_hears_the_market(stage: Stage, client: Any) -> None:
    manager = BinanceSocketManager(client)
    async with manager.trade_socket("BTCUSDT") as socket:
        said = await soon(socket.recv(), lambda: stage.hand.trade("BTCUSDT", 50_000, "0.5"))
        assert (said["e"], said["p"]) == ("trade", "50000.00000000")
    async with manager.multiplex_socket(["btcusdt@bookTicker", "btcusdt@kline_1m"]) as socket:
        heard = set()
        while len(heard) < 2:
            said = await soon(socket.recv(), lambda: move(stage))
            heard.add(said["stream"])
        assert heard == {"btcusdt@bookTicker", "btcusdt@kline_1m"}


def move(stage: Stage) -> None:
    stage.hand.change("BTCUSDT", bids=[("49999.95", stage.hand.ms % 7 + 1)])
    stage.hand.trade("BTCUSDT", 50_000, "0.01")


async def test_a_depth_cache_follows_the_book(stage: Stage, client: Any) -> None:
    async with DepthCacheManager(client, "BTCUSDT", refresh_interval=0) as cache:
        for step in range(20):
            price = f"{49_990 + step % 9}.00"
            seen = await soon(
                cache.recv(),
                lambda price=price, step=step: stage.hand.change(
                    "BTCUSDT", bids=[(price, step % 3)], asks=[("50000.15", step % 2)]
                ),
            )
            if seen is None:
                continue
            book = stage.exchange.floor.market("BTCUSDT").depth(1_000)
            assert seen.update_time is not None
            assert [[p / 100, q / 100_000] for p, q in book.bids] == seen.get_bids()
            assert [[p / 100, q / 100_000] for p, q in book.asks] == seen.get_asks()


async def test_it_trades_and_hears_of_it(stage: Stage, client: Any) -> None:
    manager = BinanceSocketManager(client)
    async with manager.user_socket() as socket:
        placed = await client.ws_create_order(
            symbol="BTCUSDT", side="BUY", type="LIMIT", timeInForce="GTC", quantity="0.5", price="49000",
        )  # fmt: skip
        assert placed["status"] == "NEW"
        told = await report(socket)
        assert (told["x"], told["i"], told["c"]) == (
            "NEW",
            placed["orderId"],
            placed["clientOrderId"],
        )
        await client.ws_cancel_order(symbol="BTCUSDT", orderId=placed["orderId"])
        told = await report(socket)
        assert (told["x"], told["C"]) == ("CANCELED", placed["clientOrderId"])
        bought = await client.ws_create_order(
            symbol="BTCUSDT", side="BUY", type="MARKET", quantity="1.25", newOrderRespType="FULL"
        )
        assert (bought["status"], len(bought["fills"])) == ("FILLED", 2)
        told = await report(socket)
        while told["X"] != "FILLED":
            told = await report(socket)
        assert (told["z"], told["N"]) == ("1.25000000", "BTC")
        account = await client.ws_get_account()
        assert {"asset": "BTC", "free": "1.24875000", "locked": "0.00000000"} in account["balances"]


async def report(socket: Any) -> Any:
    """The next executionReport."""
    async with asyncio.timeout(5):
        while True:
            said = await socket.recv()
            said = said.get("event", said)
            if said.get("e") == "executionReport":
                return said
