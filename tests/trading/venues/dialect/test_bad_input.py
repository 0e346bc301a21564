"""Every filter and limit violated once, by REST, by ws-api and by our own API: the same verdict, the right code."""

import json
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, Literal

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from arena.kit.ids import fresh
from arena.trading import risk
from arena.trading.venues.dialects.binance import TABLE
from sigma_sdk import Collective
from sigma_sdk.http_signature import Unsigned
from tests.trading.floor.stage import ExchangeStage
from tests.trading.venues.dialect.bench import Bot, done

pytestmark = pytest.mark.venues
Verdict = tuple[int, int, str]
"""Status, code and text."""

LIMIT = {
    "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.01", "price": "49000",
}  # fmt: skip
MARKET = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}
MAKER = {
    "symbol": "BTCUSDT",
    "side": "BUY",
    "type": "LIMIT_MAKER",
    "quantity": "0.01",
    "price": "49000",
}
STOP = {
    "symbol": "BTCUSDT",
    "side": "SELL",
    "type": "STOP_LOSS",
    "quantity": "0.01",
    "stopPrice": "40000",
}


def limit(**changed: Any) -> dict[str, Any]:
    return _changed(LIMIT, changed)


def market(**changed: Any) -> dict[str, Any]:
    return _changed(MARKET, changed)


def stop(**changed: Any) -> dict[str, Any]:
    return _changed(STOP, changed)


def _changed(order: Mapping[str, Any], changed: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**order, **changed}.items() if value is not None}


def failure(name: str) -> Verdict:
    return 400, -1013, f"Filter failure: {name}"


def mandatory(name: str) -> Verdict:
    return 400, -1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed."


def not_required(name: str) -> Verdict:
    return 400, -1106, f"Parameter '{name}' sent when not required."


POOR = (400, -2010, "Account has insufficient balance for requested action.")
MAY_NOT = (400, -2010, "This account may not place or cancel orders.")
BY_THE_ORDER: list[tuple[str, dict[str, Any], Verdict]] = [
    ("off the tick", limit(price="49000.001"), failure("PRICE_FILTER")),
    ("a price of zero", limit(price="0"), failure("PRICE_FILTER")),
    ("a price beyond all", limit(price="100000001"), failure("PRICE_FILTER")),
    ("off the step", limit(quantity="0.010001"), failure("LOT_SIZE")),
    ("a quantity of zero", limit(quantity="0"), failure("LOT_SIZE")),
    ("a quantity beyond all", limit(quantity="9000000001"), failure("LOT_SIZE")),
    ("a market order off the step", market(quantity="0.010001"), failure("LOT_SIZE")),
    ("too little worth", limit(quantity="0.00009"), failure("NOTIONAL")),
    ("too little worth at the market", market(quantity="0.00009"), failure("NOTIONAL")),
    ("nothing to spend", market(quantity=None, quoteOrderQty="0"), failure("NOTIONAL")),
    ("a trail too short", stop(stopPrice=None, trailingDelta="9"), failure("TRAILING_DELTA")),
    ("a trail too long", stop(stopPrice=None, trailingDelta="2001"), failure("TRAILING_DELTA")),
    ("more than there is", limit(quantity="30"), POOR),
    ("a sale of what is not held", limit(side="SELL", price="51000"),
     POOR),
    ("a maker that would take", {**MAKER, "price": "51000"}, (400, -2010, "Order would immediately match and take.")),
    ("no such symbol", limit(symbol="NOPE"), (400, -1121, "Invalid symbol.")),
    ("no symbol at all", limit(symbol=None), mandatory("symbol")),
    ("letters that are no symbol", limit(symbol="btc/usdt"),
     (400, -1100, "Illegal characters found in parameter 'symbol'; legal range is '^[A-Z0-9-_.]{1,20}$'.")),
    ("no side", limit(side=None), mandatory("side")),
    ("a side there is not", limit(side="HOLD"), (400, -1117, "Invalid side.")),
    ("a type there is not", limit(type="ICEBERG"), (400, -1116, "Invalid orderType.")),
    ("no time in force", limit(timeInForce=None), mandatory("timeInForce")),
    ("a time in force there is not", limit(timeInForce="GTX"), (400, -1115, "Invalid timeInForce.")),
    ("no price", limit(price=None), mandatory("price")),
    ("no quantity", limit(quantity=None), mandatory("quantity")),
    ("a price that is none", limit(price="cheap"),
     (400, -1100, "Illegal characters found in parameter 'price'; legal range is '^([0-9]{1,20})(\\.[0-9]{1,20})?$'.")),
    ("a price too fine", limit(price="49000.123456789"), (400, -1111, "Parameter 'price' has too much precision.")),
    ("a market order with a price", market(price="49000"), not_required("price")),
    ("a market order with a time in force", market(timeInForce="GTC"), not_required("timeInForce")),
    ("a market order by both quantities", market(quoteOrderQty="100"),
     (400, -1128, "Combination of optional parameters invalid.")),
    ("a market order by neither", market(quantity=None),
     (400, -1102, "Param 'quantity' or 'quoteOrderQty' must be sent, but both were empty/null!")),
    ("a limit order by worth", limit(quoteOrderQty="100"), not_required("quoteOrderQty")),
    ("a limit order with a stop", limit(stopPrice="48000"), not_required("stopPrice")),
    ("a stop without one", stop(stopPrice=None),
     (400, -1102, "Param 'stopPrice' or 'trailingDelta' must be sent, but both were empty/null!")),
    ("an iceberg", limit(icebergQty="0.001"), (400, -2010, "Iceberg orders are not supported for this symbol.")),
    ("a client id too long", limit(newClientOrderId="x" * 37),
     (400, -1100, "Illegal characters found in parameter 'newClientOrderId'; legal range is "
                  "'^[\\.A-Z\\:/a-z0-9_-]{1,36}$'.")),
    ("an answer there is not", limit(newOrderRespType="ALL"),
     (400, -1130, "Data sent for parameter 'newOrderRespType' is not valid.")),
    ("a way of self-match there is not", limit(selfTradePreventionMode="DECREMENT"),
     (400, -2010, "This symbol does not allow the specified self-trade prevention mode.")),
]  # fmt: skip
# What our own API takes at all; it has its own words for what is missing or too much.
OWN = {
    "off the tick", "off the step", "a market order off the step", "too little worth", "more than there is",
    "a sale of what is not held", "a maker that would take", "no such symbol", "too little worth at the market",
}  # fmt: skip
Door = Literal["rest", "ws", "own"]


@pytest.fixture
async def socket(stage: ExchangeStage) -> AsyncIterator[ClientConnection]:
    async with connect(f"ws{stage.url.removeprefix('http')}/ws-api/v3", proxy=None) as opened:
        yield opened


async def by_rest(bot: Bot, order: Mapping[str, Any]) -> Verdict:
    answer = await bot.order(**order)
    told = answer.json()
    return answer.status_code, told.get("code", 0), told.get("msg", "")


async def by_socket(bot: Bot, socket: ClientConnection, order: Mapping[str, Any]) -> Verdict:
    given = {**order, "apiKey": bot.api_key, "timestamp": int(time.time() * 1000)}
    payload = "&".join(f"{name}={given[name]}" for name in sorted(given))
    request = {
        "id": 1,
        "method": "order.place",
        "params": {**given, "signature": bot.sign(payload)},
    }
    await socket.send(json.dumps(request))
    told = json.loads(await socket.recv())
    error = told.get("error", {})
    return told["status"], error.get("code", 0), error.get("msg", "")


async def by_our_own(bot: Bot, order: Mapping[str, Any]) -> Verdict:
    """The verdict of POST /orders, in the words the dialect has for that error."""
    draft = {
        "symbol": order["symbol"], "side": order["side"].lower(), "type": order["type"].lower(),
        "quantity": order.get("quantity"), "limit_price": order.get("price"), "stop_price": order.get("stopPrice"),
        "quote_quantity": order.get("quoteOrderQty"),
    }  # fmt: skip
    key = fresh("idem")
    body = json.dumps({name: value for name, value in draft.items() if value is not None}).encode()
    url = f"{bot.stage.url}/orders"
    headers = Collective(bot.member.key).headers(Unsigned("POST", url, body, key))
    answer: httpx.Response = await bot.http.post(
        url, content=body, headers={**headers, "Idempotency-Key": key, "Content-Type": "application/json"}
    )  # fmt: skip
    if answer.is_success:
        return answer.status_code, 0, ""
    words = TABLE[answer.json()["code"]]
    return words.http, words.code, words.message


async def verdict(
    door: Door, bot: Bot, socket: ClientConnection, order: Mapping[str, Any]
) -> Verdict:
    if door == "rest":
        return await by_rest(bot, order)
    return await (by_socket(bot, socket, order) if door == "ws" else by_our_own(bot, order))


@pytest.mark.parametrize("door", ["rest", "ws", "own"])
async def test_what_an_order_violates_is_named(
    door: Door, bot: Bot, socket: ClientConnection
) -> None:
    met = {}
    for what, order, expected in BY_THE_ORDER:
        if door != "own" or what in OWN:
            found = await verdict(door, bot, socket, order)
            if found != expected:
                met[what] = (found, expected)
    assert met == {}
    assert await bot.get("/api/v3/openOrders") == []


LIMITED: list[tuple[str, risk.Limits, dict[str, Any], Verdict]] = [
    ("order size", risk.Limits(order_notional_max=Decimal(100)), LIMIT, failure("NOTIONAL")),
    ("position by weight", risk.Limits(position_weight_max=Decimal("0.0001")), LIMIT, failure("MAX_POSITION")),
    ("position by quantity", risk.Limits(position_quantity_max={"BTCUSDT": Decimal("0.005")}), LIMIT,
     failure("MAX_POSITION")),
    ("exposure", risk.Limits(exposure_max=Decimal("0.0001")), LIMIT, failure("MAX_POSITION")),
    ("price collar", risk.Limits(price_collar_bps=10), limit(price="51000"), failure("PERCENT_PRICE_BY_SIDE")),
    ("open orders", risk.Limits(open_orders_max=1), LIMIT, failure("EXCHANGE_MAX_NUM_ORDERS")),
    ("order rate", risk.Limits(orders_10s_max=1), LIMIT, (429, -1015, "Too many new orders.")),
    ("symbols", risk.Limits(symbols=frozenset({"ETHUSDT"})), LIMIT,
     (400, -2010, "This symbol is not permitted for this account.")),
]  # fmt: skip


@pytest.mark.parametrize("door", ["rest", "ws", "own"])
@pytest.mark.parametrize(
    ("what", "limits", "order", "expected"), LIMITED, ids=[row[0] for row in LIMITED]
)
async def test_what_a_limit_forbids_is_named(
    what: str, limits: risk.Limits, order: dict[str, Any], expected: Verdict, door: Door, bot: Bot,
    socket: ClientConnection,
) -> None:  # fmt: skip
    """One order rests already, which the limits of numbers count."""
    done(await bot.order(**limit(quantity="0.001", price="40000")))
    await limited(bot, limits)
    assert await verdict(door, bot, socket, order) == expected
    await limited(bot, risk.Limits())


@pytest.mark.parametrize("door", ["rest", "ws", "own"])
async def test_a_killed_account_is_shown_as_one_that_may_not_trade(
    door: Door, bot: Bot, socket: ClientConnection
) -> None:
    async with bot.stage.arena.db.transaction() as tx:
        await risk.kill(
            tx, bot.member.account_id, "enough", actor=bot.member.actor, request_id=None
        )
    assert await verdict(door, bot, socket, LIMIT) == MAY_NOT
    assert (await bot.get("/api/v3/account"))["canTrade"] is False


async def limited(bot: Bot, limits: risk.Limits) -> None:
    """Sets limits as they stand, whoever may set which."""
    floor = bot.stage.floor
    purse = await floor.seat.purse(bot.member.account_id)
    purse.limits = replace(limits)
