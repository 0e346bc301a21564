"""No way of the dialect goes past a stop; and a bot goes on in the account that was opened in place of another."""

import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from arena.kit.clock import TapeClock
from arena.kit.ids import fresh
from arena.trading import risk
from arena.trading.orders import reset_account
from tests.trading.floor.stage import ExchangeStage
from tests.trading.risk.halted import Attempt, expect_stops_hold
from tests.trading.venues.dialect.bench import Bot, done

BUY = {
    "symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.001", "price": "30000",
}  # fmt: skip
OCO = {
    "symbol": "BTCUSDT", "side": "BUY", "quantity": "0.001", "aboveType": "STOP_LOSS", "aboveStopPrice": "70000",
    "belowType": "LIMIT_MAKER", "belowPrice": "30000",
}  # fmt: skip
OLD_OCO = {
    "symbol": "BTCUSDT",
    "side": "BUY",
    "quantity": "0.001",
    "price": "30000",
    "stopPrice": "70000",
}
MAY_NOT = {"code": -2010, "msg": "This account may not place or cancel orders."}
MARKET = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.001"}


@pytest.fixture
async def socket(stage: ExchangeStage) -> AsyncIterator[ClientConnection]:
    async with connect(f"ws{stage.url.removeprefix('http')}/ws-api/v3", proxy=None) as opened:
        yield opened


def taken(status: int, told: dict[str, Any]) -> bool:
    """Whether an order was taken; a replacement tells it in the second half of its answer."""
    if status == 200 or told.get("data", {}).get("newOrderResult") == "SUCCESS":
        return True
    if "data" in told:
        told = told["data"]["newOrderResponse"]
    assert {name: told[name] for name in MAY_NOT} == MAY_NOT
    return False


def by_rest(bot: Bot, path: str, **order: Any) -> Callable[[], Awaitable[bool]]:
    async def place() -> bool:
        answer = await bot.call("POST", path, **order)
        return taken(answer.status_code, answer.json())

    return place


def by_socket(
    bot: Bot, socket: ClientConnection, method: str, **order: Any
) -> Callable[[], Awaitable[bool]]:
    async def place() -> bool:
        given = {**order, "apiKey": bot.api_key, "timestamp": int(time.time() * 1000)}
        payload = "&".join(f"{name}={given[name]}" for name in sorted(given))
        given["signature"] = bot.sign(payload)
        await socket.send(json.dumps({"id": fresh("r"), "method": method, "params": given}))
        told = json.loads(await socket.recv())
        return taken(told["status"], told.get("error", {}))

    return place


async def test_no_way_of_the_dialect_goes_past_a_stop(bot: Bot, socket: ClientConnection) -> None:
    swap = {**BUY, "cancelReplaceMode": "ALLOW_FAILURE", "cancelOrderId": "1"}
    ways = {
        "/api/v3/order": BUY, "/api/v3/order/cancelReplace": swap, "/api/v3/orderList/oco": OCO,
        "/api/v3/order/oco": OLD_OCO,
    }  # fmt: skip
    methods = {
        "order.place": BUY, "order.cancelReplace": swap, "orderList.place.oco": OCO,
        "orderList.place": OLD_OCO,
    }  # fmt: skip
    attempts = [Attempt(path, by_rest(bot, path, **order)) for path, order in ways.items()]
    attempts += [Attempt("a market order", by_rest(bot, "/api/v3/order", **MARKET))]
    attempts += [
        Attempt(name, by_socket(bot, socket, name, **order)) for name, order in methods.items()
    ]
    stage = bot.stage
    await expect_stops_hold(stage.arena.db, stage.floor, bot.member.account_id, attempts)


async def test_a_bot_goes_on_in_the_account_that_was_opened_anew(bot: Bot) -> None:
    before = await bot.get("/api/v3/account")
    arena = bot.stage.arena
    clock = arena.db.clock
    assert isinstance(clock, TapeClock)
    clock.move_to(
        clock.now() + timedelta(seconds=1)
    )  # the new account is opened later than the old one
    async with arena.db.transaction() as tx:
        _, opened = await reset_account(
            tx, bot.member.id, opening_cash=777, default=risk.defaults(arena.settings), reason="a new start"
        )  # fmt: skip
    after = await bot.get("/api/v3/account")
    assert after["arena"]["account_id"] == opened.id != before["arena"]["account_id"]
    assert after["balances"] == [{"asset": "USDT", "free": "777.00000000", "locked": "0.00000000"}]
    assert done(await bot.order(**{**BUY, "price": "30000"}))["status"] == "NEW"
