"""Acts on lists of two orders of which one cancels the other (OCO)."""

from typing import Any

from arena.trading.market import Side
from arena.trading.venues.dialects.binance import schema
from arena.trading.venues.dialects.binance.acts.orders import caller_of
from arena.trading.venues.dialects.binance.acts.reading import (
    Leg,
    client_id,
    read_order,
    side_of,
)
from arena.trading.venues.dialects.binance.desk import Act, Ask, Desk
from arena.trading.venues.dialects.binance.errors import (
    UNKNOWN_ORDER,
    DialectRefused,
    either,
)
from arena.trading.venues.dialects.binance.parameters import Parameters
from arena.trading.venues.model import OrderList, OrderListRequest, OrderRef, OrderRequest

_STOP_TYPES = ("stop_loss", "stop_loss_limit")
_PROFIT_TYPES = ("limit_maker", "take_profit", "take_profit_limit")


async def place_oco(desk: Desk, ask: Ask) -> Any:
    market = desk.market(ask.parameters.symbol())
    above, below = (
        read_order(
            desk, market, Leg(ask.parameters, place),
            client_order_id=client_id(ask, f"{place}ClientOrderId"),
        )
        for place in ("above", "below")
    )  # fmt: skip
    _check_legs(above, below)
    request = OrderListRequest(
        client_id(ask, "listClientOrderId"), market.instrument.symbol, above, below
    )
    placed = await desk.exchange.place_list(ask.account_id, request, by=caller_of(ask).actor)
    return schema.render_placed_list(placed, schema.wire_symbol(market.instrument))


async def place_old_oco(desk: Desk, ask: Ask) -> Any:
    """The older way to ask: a limit-maker order, and a stop-loss order with or without a limit."""
    names = _old_names(ask.parameters, side_of(ask.parameters))
    given = {
        new: text
        for new, old in names.items()
        if (text := ask.parameters.optional(old)) is not None
    }
    place = "below" if side_of(ask.parameters) == "sell" else "above"
    other = "above" if place == "below" else "below"
    given[f"{other}Type"] = "LIMIT_MAKER"
    limited = f"{place}Price" in given
    given[f"{place}Type"] = "STOP_LOSS_LIMIT" if limited else "STOP_LOSS"
    return await place_oco(desk, Ask(Parameters(given), ask.caller, ask.account_id, ask.intent))


def _old_names(parameters: Parameters, side: Side) -> dict[str, str]:
    """Parameters of the newer way by those of the older one."""
    stop, limit = ("below", "above") if side == "sell" else ("above", "below")
    common = (
        "symbol",
        "side",
        "quantity",
        "listClientOrderId",
        "newOrderRespType",
        "selfTradePreventionMode",
    )
    return {
        **{name: name for name in common},
        f"{limit}Price": "price",
        f"{limit}ClientOrderId": "limitClientOrderId",
        f"{limit}IcebergQty": "limitIcebergQty",
        f"{stop}Price": "stopLimitPrice",
        f"{stop}StopPrice": "stopPrice",
        f"{stop}TrailingDelta": "trailingDelta",
        f"{stop}TimeInForce": "stopLimitTimeInForce",
        f"{stop}ClientOrderId": "stopClientOrderId",
        f"{stop}IcebergQty": "stopIcebergQty",
    }


def _check_legs(above: OrderRequest, below: OrderRequest) -> None:
    for leg in (above, below):
        if leg.type not in (*_STOP_TYPES, *_PROFIT_TYPES):
            raise DialectRefused(-1158, "Order type not supported in OCO.")
    if above.type == below.type == "limit_maker":
        raise DialectRefused(-1168, "At least one OCO order must be contingent.")
    sells = above.side == "sell"
    stop, profit = (below, above) if sells else (above, below)
    if stop.type not in _STOP_TYPES or profit.type not in _PROFIT_TYPES:
        raise _misplaced(above, below)
    stop_price = stop.stop_price
    profit_price = profit.limit_price if profit.type == "limit_maker" else profit.stop_price
    if stop_price is None or profit_price is None:
        return
    if profit_price <= stop_price if sells else profit_price >= stop_price:
        raise DialectRefused(-2010, "The relationship of the prices for the orders is not correct.")


def _misplaced(above: OrderRequest, below: OrderRequest) -> DialectRefused:
    sells = above.side == "sell"
    side, limits, stops = ("sell", "above", "below") if sells else ("buy", "below", "above")
    if (below if sells else above).type == "limit_maker":
        number = -1166 if sells else -1165
        return DialectRefused(number, f"A limit order in a {side} OCO must be {limits}.")
    if (above if sells else below).type in _STOP_TYPES:
        number = -1197 if sells else -1196
        return DialectRefused(number, f"A stop loss order in a {side} OCO must be {stops}.")
    number = -1199 if sells else -1198
    return DialectRefused(number, f"A take profit order in a {side} OCO must be {limits}.")


async def status(desk: Desk, ask: Ask) -> Any:
    found = await _list(desk, ask, "origClientOrderId")
    return schema.render_list(found, desk.wire(found.symbol))


async def open_lists(desk: Desk, ask: Ask) -> Any:
    orders = await desk.exchange.open_orders(ask.account_id)
    numbers = {one.list_number for one in orders if one.list_number is not None}
    found = [
        await desk.exchange.order_list(ask.account_id, number=number)
        for number in sorted(numbers, reverse=True)
    ]
    return [schema.render_list(one, desk.wire(one.symbol)) for one in found]


async def cancel(desk: Desk, ask: Ask) -> Any:
    market = desk.market(ask.parameters.symbol())
    found = await _list(desk, ask, "listClientOrderId")
    leg = next((order for order in found.orders if order.open), None)
    if leg is None or found.symbol != market.instrument.symbol:
        raise DialectRefused(*UNKNOWN_ORDER)
    await desk.exchange.cancel(
        ask.account_id, OrderRef(found.symbol, leg.number), by=caller_of(ask).actor,
        cancel_id=client_id(ask, "newClientOrderId"),
    )  # fmt: skip
    ended = await desk.exchange.order_list(ask.account_id, number=found.number)
    return schema.render_cancelled_list(ended, desk.wire(found.symbol))


async def _list(desk: Desk, ask: Ask, client: str) -> OrderList:
    number = ask.parameters.optional_whole("orderListId")
    client_order_id = ask.parameters.optional_client_id(client)
    if number is None and client_order_id is None:
        raise either(client, "orderListId")
    return await desk.exchange.order_list(
        ask.account_id, number=number, client_order_id=client_order_id
    )


ACTS = (
    Act("orderList.place.oco", "trade", 1, place_oco, orders=2, changes=True),
    Act("orderList.place", "trade", 1, place_old_oco, orders=2, changes=True),
    Act("orderList.cancel", "trade", 1, cancel, cancels=True, changes=True),
    Act("orderList.status", "user_data", 4, status),
    Act("openOrderLists.status", "user_data", 6, open_lists),
)
