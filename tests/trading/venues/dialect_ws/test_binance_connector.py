"""binance-connector, as its users run it: a thread for each socket, orders and the account by ws-api."""

import asyncio
import contextlib
import json
import queue
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from binance.websocket.spot.websocket_api import SpotWebsocketAPIClient
from binance.websocket.spot.websocket_stream import SpotWebsocketStreamClient

from arena.trading.venues.dialects.binance.listen_keys import LISTEN_KEY_LENGTH
from tests.trading.venues.dialect_ws.conftest import Stage

pytestmark = pytest.mark.venues


class Ear:
    """What a client's thread is told, taken out here."""

    def __init__(self) -> None:
        self._told: queue.Queue[Any] = queue.Queue()

    def __call__(self, _client: Any, text: str) -> None:
        self._told.put(json.loads(text))

    async def where(
        self, holds: Callable[[Any], bool], meanwhile: Callable[[], None] = lambda: None
    ) -> Any:
        """The next message of which it holds; others are passed over, the market moves meanwhile."""
        async with asyncio.timeout(10):
            while True:
                with contextlib.suppress(queue.Empty):
                    said = self._told.get_nowait()
                    if holds(said):
                        return said
                    continue
                meanwhile()
                await asyncio.sleep(0.05)


@contextlib.contextmanager
def stopped(client: Any) -> Iterator[Any]:
    try:
        yield client
    finally:
        client.socket_manager.close()


async def opened(kind: Any, **how: Any) -> Any:
    """Made in a thread: its constructor waits for the socket."""
    return await asyncio.to_thread(lambda: kind(**how))


@pytest.mark.parametrize("combined", [False, True])
async def test_it_hears_the_market(stage: Stage, combined: bool) -> None:
    ear = Ear()
    made = await opened(
        SpotWebsocketStreamClient, stream_url=stage.ws, on_message=ear, is_combined=combined
    )
    with stopped(made) as client:

        def data(said: Any) -> Any:
            return said["data"] if combined and "data" in said else said

        def move() -> None:
            stage.hand.change("BTCUSDT", bids=[("49999.95", stage.hand.ms % 7 + 1)])
            stage.hand.trade("BTCUSDT", 50_000, "0.5")

        for ask, kind in (
            (client.agg_trade, "aggTrade"), (client.diff_book_depth, "depthUpdate"), (client.ticker, "24hrTicker"),
        ):  # fmt: skip
            ask(symbol="BTCUSDT", id=7)
            assert (await ear.where(lambda said: "result" in said)) == {"result": None, "id": 7}
            said = await ear.where(lambda said, kind=kind: data(said).get("e") == kind, move)
            assert data(said)["s"] == "BTCUSDT"
        client.list_subscribe(id=8)
        listed = await ear.where(lambda said: said.get("id") == 8)
        assert listed["result"] == ["btcusdt@aggTrade", "btcusdt@depth@1000ms", "btcusdt@ticker"]


async def test_it_trades_and_reads_back(stage: Stage) -> None:
    ear = Ear()
    made = await opened(
        SpotWebsocketAPIClient, stream_url=stage.ws + "/ws-api/v3", api_key=stage.key,
        api_secret=stage.secret, on_message=ear,
    )  # fmt: skip
    with stopped(made) as client:
        client.ping_connectivity(id=1)
        assert (await ear.where(lambda said: said["id"] == 1))["status"] == 200
        client.new_order(
            id="a", symbol="BTCUSDT", side="BUY", type="LIMIT", timeInForce="GTC", quantity=0.5, price=49000,
        )  # fmt: skip
        placed = (await ear.where(lambda said: said["id"] == "a"))["result"]
        client.cancel_order(symbol="BTCUSDT", orderId=placed["orderId"], id="b")
        assert (await ear.where(lambda said: said["id"] == "b"))["result"]["status"] == "CANCELED"
        client.new_order(
            id="c",
            symbol="BTCUSDT",
            side="BUY",
            type="MARKET",
            quantity=1.25,
            newOrderRespType="FULL",
        )
        bought = await ear.where(lambda said: said["id"] == "c")
        assert [fill["qty"] for fill in bought["result"]["fills"]] == ["1.00000000", "0.25000000"]
        client.get_order(symbol="BTCUSDT", orderId=bought["result"]["orderId"], id="d")
        assert (await ear.where(lambda said: said["id"] == "d"))["result"][
            "executedQty"
        ] == "1.25000000"
        client.account(id="e")
        account = (await ear.where(lambda said: said["id"] == "e"))["result"]
        assert {"asset": "BTC", "free": "1.24875000", "locked": "0.00000000"} in account["balances"]


async def test_it_hears_its_account_by_a_listen_key(stage: Stage) -> None:
    ear, events = Ear(), Ear()
    made = await opened(
        SpotWebsocketAPIClient, stream_url=stage.ws + "/ws-api/v3", api_key=stage.key,
        api_secret=stage.secret, on_message=ear,
    )  # fmt: skip
    with stopped(made) as client:
        client.user_data_start(id=1)
        listen_key = (await ear.where(lambda said: said["id"] == 1))["result"]["listenKey"]
        assert len(listen_key) == LISTEN_KEY_LENGTH
        streams = await opened(SpotWebsocketStreamClient, stream_url=stage.ws, on_message=events)
        with stopped(streams):
            streams.user_data(listen_key=listen_key, id=2)
            await events.where(lambda said: said.get("id") == 2)
            client.new_order(id="a", symbol="BTCUSDT", side="BUY", type="MARKET", quantity=0.25)
            told = await events.where(lambda said: said.get("x") == "TRADE")
            assert (told["X"], told["z"]) == ("FILLED", "0.25000000")
            await events.where(lambda said: said.get("e") == "outboundAccountPosition")
            client.user_data_ping(listenKey=listen_key, id=3)
            assert (await ear.where(lambda said: said["id"] == 3))["status"] == 200
            client.user_data_stop(listenKey=listen_key, id=4)
            assert (await ear.where(lambda said: said["id"] == 4))["status"] == 200
            over = await events.where(lambda said: said.get("e") == "listenKeyExpired")
            assert over["listenKey"] == listen_key
