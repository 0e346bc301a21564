"""Whatever is sent, the answer is one of Binance's, never a fault of ours; limits are told and kept."""

import asyncio
import random
import time
from collections.abc import AsyncIterator

import httpx
import pytest

from arena.kit.settings import Settings
from arena.trading.venues.dialects.binance.rest import PATHS
from tests.trading.floor.stage import open_exchange
from tests.trading.venues.dialect.bench import Bot, done, ed25519_bot, refused

pytestmark = pytest.mark.venues
NAMES = [
    "symbol", "symbols", "side", "type", "timeInForce", "quantity", "quoteOrderQty", "price", "stopPrice",
    "trailingDelta", "newClientOrderId", "origClientOrderId", "orderId", "cancelReplaceMode", "cancelOrderId",
    "cancelRestrictions", "newOrderRespType", "selfTradePreventionMode", "limit", "fromId", "startTime", "endTime",
    "interval", "windowSize", "listenKey", "orderListId", "listClientOrderId", "aboveType", "belowType", "abovePrice",
    "belowStopPrice", "icebergQty", "recvWindow", "omitZeroBalances", "symbolStatus", "timeZone",
]  # fmt: skip
VALUES = [
    "BTCUSDT", "ETHUSDT", "NOPE", "BUY", "SELL", "LIMIT", "MARKET", "STOP_LOSS", "LIMIT_MAKER", "GTC", "IOC", "FOK",
    "0.01", "49000", "0", "-1", "1e9", "9" * 19, "9" * 40, "", " ", "null", "true", "[]", '["BTCUSDT"]', "15m", "1d",
    "7d", "STOP_ON_FAILURE", "ALLOW_FAILURE", "ONLY_NEW", "ACK", "NONE", "'; drop table x; --", "\x00", "é", "%", "1",
    "100", "1700000000000", "TRADING",
]  # fmt: skip


async def test_random_requests_are_answered_in_binances_words(bot: Bot) -> None:
    chance = random.Random(20_240_808)
    met = {}
    counts: dict[int, int] = {}
    for _ in range(500):
        method, path, name = chance.choice(PATHS)
        given = {one: chance.choice(VALUES) for one in chance.sample(NAMES, chance.randint(0, 9))}
        if chance.random() < 0.7:
            given["symbol"] = "BTCUSDT"
        answer = await bot.call(method, path, **given)
        counts[answer.status_code] = counts.get(answer.status_code, 0) + 1
        told = answer.json()
        if answer.status_code != 200 and (answer.status_code >= 500 or not told["code"] < -999):
            met[method, path, str(given)] = answer.text
        assert name
    assert met == {}
    assert counts[200] > 50
    assert counts[400] > 50


async def test_random_bytes_are_answered_in_binances_words(bot: Bot) -> None:
    chance = random.Random(7)
    for _ in range(100):
        body = chance.randbytes(chance.randint(1, 60))
        answer = await bot.http.post(
            "/api/v3/order", content=body, headers={"X-MBX-APIKEY": bot.api_key}
        )
        assert answer.status_code == 400
        assert -1200 < answer.json()["code"] <= -1000


@pytest.fixture
async def counted(database_url: str, settings: Settings) -> AsyncIterator[Bot]:
    """A bot that may use little: 100 of weight a minute, three orders in ten seconds."""
    settings.dialect_weight_per_min = 100
    settings.dialect_orders_per_10s = 3
    async with open_exchange(database_url, settings) as stage:
        stage.hand.quiet()
        member = await stage.enrol("Counted", cash=1_000_000)
        async with httpx.AsyncClient(base_url=stage.url, trust_env=False, timeout=10) as http:
            yield await ed25519_bot(stage, member, http)


async def test_limits_are_told_in_headers_and_kept(counted: Bot) -> None:
    await _new_minute()
    first = await counted.call("GET", "/api/v3/account")
    assert first.headers["x-mbx-used-weight-1m"] == "20"
    info = done(await counted.http.get("/api/v3/exchangeInfo"))
    assert [row["limit"] for row in info["rateLimits"]] == [100, 3, 200_000]
    order = {
        "symbol": "BTCUSDT",
        "side": "BUY",
        "type": "LIMIT",
        "timeInForce": "GTC",
        "quantity": "0.01",
    }
    for number in (1, 2, 3):
        placed = await counted.order(**order, price=f"4900{number}")
        assert done(placed)["status"] == "NEW"
        assert placed.headers["x-mbx-order-count-10s"] == str(number)
        assert placed.headers["x-mbx-used-weight-1m"] == "20"
    fourth = await counted.order(**order, price="49004")
    assert refused(fourth) == (
        429,
        -1015,
        "Too many new orders; current limit is 3 orders per 10 SECOND.",
    )
    assert 1 <= int(fourth.headers["retry-after"]) <= 10
    for _ in range(3):
        assert (await counted.call("GET", "/api/v3/account")).status_code == 200
    spent = await counted.call("GET", "/api/v3/account")
    assert refused(spent)[:2] == (429, -1003)
    assert 1 <= int(spent.headers["retry-after"]) <= 60
    public = await counted.http.get("/api/v3/depth?symbol=BTCUSDT")
    assert public.status_code == 200


async def _new_minute() -> None:
    """The windows are the clock's: what straddles the end of one would count anew."""
    for window_s, needed_s in ((60, 6), (10, 5)):
        left_s = window_s - time.time() % window_s
        if left_s < needed_s:
            await asyncio.sleep(left_s + 0.1)
