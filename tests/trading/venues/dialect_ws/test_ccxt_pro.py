"""ccxt.pro, as its users run it, hears market and account and trades over sockets; by HMAC and by Ed25519."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import ccxt.pro
import pytest

from sigma_sdk.bot_config import ccxt_config
from tests.trading.venues.dialect_ws.conftest import Stage, soon

pytestmark = pytest.mark.venues
SYMBOL = "BTC/USDT"


@pytest.fixture(params=["hmac", "ed25519"])
async def client(stage: Stage, request: pytest.FixtureRequest) -> AsyncIterator[Any]:
    made = ccxt.pro.binance(ccxt_config(stage.http, stage.held(request.param)))
    try:
        yield made
    finally:
        await made.close()


async def watched(client: Any, *what: str) -> None:
    """Until it watches for all of these: it does so when the exchange has answered that the account is subscribed."""
    async with asyncio.timeout(60):
        while not any(line.futures.keys() >= set(what) for line in client.clients.values()):
            await asyncio.sleep(0.02)


async def test_it_hears_the_market(stage: Stage, client: Any) -> None:
    hand = stage.hand

    def trade() -> None:
        hand.trade("BTCUSDT", 50_000, "0.5")

    def move() -> None:
        hand.change("BTCUSDT", bids=[("49999.95", hand.ms % 7 + 1)])

    book = await soon(client.watch_order_book(SYMBOL), move)
    for _ in range(5):
        book = await soon(client.watch_order_book(SYMBOL), move)
        top = stage.exchange.floor.market("BTCUSDT").depth(3)
        assert book["bids"][0][0] == top.bids[0][0] / 100
    trades = await soon(client.watch_trades(SYMBOL), trade)
    assert (trades[-1]["price"], trades[-1]["amount"], trades[-1]["side"]) == (50_000, 0.5, "buy")
    ticker = await soon(client.watch_ticker(SYMBOL), trade)
    assert ticker["last"] == 50_000
    bars = await soon(client.watch_ohlcv(SYMBOL, "1m"), trade)
    assert bars[-1][4] == 50_000
    quotes = await soon(client.watch_bids_asks([SYMBOL]), move)
    assert quotes[SYMBOL]["bid"] == 49_999.95


async def test_it_trades_and_hears_of_it(stage: Stage, client: Any) -> None:
    balances = asyncio.ensure_future(client.watch_balance())
    orders = asyncio.ensure_future(client.watch_orders(SYMBOL))
    await watched(client, "spot:balance", f"orders:{SYMBOL}")
    placed = await soon(client.create_order_ws(SYMBOL, "limit", "buy", 0.5, 49_000))
    assert placed["status"] == "open"
    heard = await soon(orders)
    assert (heard[-1]["id"], heard[-1]["status"]) == (placed["id"], "open")
    balance = await soon(balances)
    assert balance["USDT"]["used"] == 24_500 or balance["USDT"]["total"] > 0
    ended = await soon(client.cancel_order_ws(placed["id"], SYMBOL))
    assert ended["status"] == "canceled"
    while heard[-1]["status"] != "canceled":
        heard = await soon(client.watch_orders(SYMBOL))
    assert heard[-1]["clientOrderId"] == placed["clientOrderId"]

    mine = asyncio.ensure_future(client.watch_my_trades(SYMBOL))
    await watched(client, f"myTrades:{SYMBOL}")
    bought = await soon(client.create_order_ws(SYMBOL, "market", "buy", 1.25))
    assert (bought["status"], bought["filled"]) == ("closed", 1.25)
    fills = await soon(mine)
    assert fills[0]["price"] == 50_000.1
    read = await soon(client.fetch_order_ws(bought["id"], SYMBOL))
    assert read["filled"] == 1.25
    # ccxt sorts this answer by a futures account's fields and keeps only the raw one of spot.
    held = (await soon(client.fetch_balance_ws()))["info"]["balances"]
    assert {"asset": "BTC", "free": "1.24875000", "locked": "0.00000000"} in held
