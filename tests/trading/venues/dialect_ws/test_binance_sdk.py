"""binance-sdk-spot, as its users run it: streams, a session signed once by Ed25519, unsigned orders on it, events."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from binance_common.configuration import ConfigurationWebSocketAPI, ConfigurationWebSocketStreams
from binance_sdk_spot.spot import Spot

from tests.trading.venues.dialect_ws.conftest import Stage, soon

pytestmark = pytest.mark.venues


class Ear:
    def __init__(self) -> None:
        self._told: asyncio.Queue[Any] = asyncio.Queue()

    def __call__(self, said: Any) -> None:
        self._told.put_nowait(said)

    async def next(self, meanwhile: Callable[[], None] = lambda: None) -> Any:
        return await soon(self._told.get(), meanwhile)


@pytest.fixture(params=["hmac", "ed25519"])
async def session(stage: Stage, request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    held = stage.held(request.param)
    secret = {"private_key" if held.ed25519 else "api_secret": held.secret}
    client = Spot(
        config_ws_api=ConfigurationWebSocketAPI(
            api_key=held.api_key, stream_url=stage.ws + "/ws-api/v3", **secret
        )
    )
    connection = await client.websocket_api.create_connection()
    try:
        yield connection
    finally:
        await connection.close_connection(close_session=True)


async def test_it_hears_the_market(stage: Stage) -> None:
    def move() -> None:
        stage.hand.change("BTCUSDT", bids=[("49999.95", stage.hand.ms % 7 + 1)])
        stage.hand.trade("BTCUSDT", 50_000, "0.5")

    client = Spot(config_ws_streams=ConfigurationWebSocketStreams(stream_url=stage.ws))
    connection = await client.websocket_streams.create_connection()
    try:
        trades, books, quotes, bars = Ear(), Ear(), Ear(), Ear()
        (await connection.trade(symbol="btcusdt")).on("message", trades)
        (await connection.diff_book_depth(symbol="btcusdt", update_speed="100ms")).on(
            "message", books
        )
        (await connection.book_ticker(symbol="btcusdt")).on("message", quotes)
        (await connection.kline(symbol="btcusdt", interval="1m")).on("message", bars)
        assert (await trades.next(move)).p == "50000.00000000"
        assert (await books.next(move)).s == "BTCUSDT"
        assert (await quotes.next(move)).b == "49999.95000000"
        assert (await bars.next(move)).k.c == "50000.00000000"
    finally:
        await connection.close_connection(close_session=True)


async def test_it_logs_on_once_and_trades_without_signing(stage: Stage, session: Any) -> None:
    logged_on = (await session.session_logon()).data().result
    assert logged_on.api_key
    assert (await session.session_status()).data().result.api_key == logged_on.api_key

    events = Ear()
    subscribed = await session.user_data_stream_subscribe()
    subscribed.stream.on("message", events)
    placed = (await session.order_place(
        symbol="BTCUSDT", side="BUY", type="LIMIT", time_in_force="GTC", quantity=0.5, price=49000,
        new_order_resp_type="RESULT",
    )).data().result  # fmt: skip
    assert placed.status == "NEW"
    told = await report(events, "NEW")
    assert told.i == placed.order_id
    ended = await session.order_cancel(symbol="BTCUSDT", order_id=placed.order_id)
    assert ended.data().result.status == "CANCELED"
    assert placed.client_order_id == (await report(events, "CANCELED")).C
    bought = (await session.order_place(
        symbol="BTCUSDT", side="BUY", type="MARKET", quantity=1.25, new_order_resp_type="FULL"
    )).data().result  # fmt: skip
    assert [fill.qty for fill in bought.fills] == ["1.00000000", "0.25000000"]
    assert (await report(events, "TRADE")).t is not None
    account = (await session.account_status()).data().result
    assert any(b.asset == "BTC" and b.free == "1.24875000" for b in account.balances)
    trades = (await session.my_trades(symbol="BTCUSDT")).data().result
    assert [trade.qty for trade in trades] == ["1.00000000", "0.25000000"]

    assert (await session.session_logout()).data().result.api_key is None
    depth = (await session.depth(symbol="BTCUSDT", limit=5)).data().result
    assert len(depth.bids) == 5


async def report(events: Ear, execution: str) -> Any:
    while True:
        said = await events.next()
        found = getattr(said, "actual_instance", said)
        if getattr(found, "x", None) == execution:
            return found
