"""Acts on single orders: place, test, cancel, replace, and look at them."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from arena.kit.errors import ArenaError
from arena.trading.venues.dialects.binance import schema
from arena.trading.venues.dialects.binance.acts.reading import (
    Leg,
    client_id,
    detail_of,
    order_ref,
    read_order,
)
from arena.trading.venues.dialects.binance.acts.replay import only_once
from arena.trading.venues.dialects.binance.desk import Act, Ask, Desk
from arena.trading.venues.dialects.binance.errors import (
    UNKNOWN_ORDER,
    DialectRefused,
    answer_of,
    invalid,
    mandatory,
)
from arena.trading.venues.dialects.binance.keys import Caller
from arena.trading.venues.dialects.binance.parameters import Parameters
from arena.trading.venues.exchange import Market
from arena.trading.venues.model import OrderRef, Replaced, VenueOrder

SPAN_MAX = timedelta(hours=24)
_RESTRICTIONS = {"ONLY_NEW": "accepted", "ONLY_PARTIALLY_FILLED": "partially_filled"}


async def place(desk: Desk, ask: Ask) -> Any:
    market = desk.market(ask.parameters.symbol())
    asked = read_order(
        desk, market, Leg(ask.parameters), client_order_id=client_id(ask, "newClientOrderId")
    )
    detail = detail_of(ask.parameters, asked.type)
    order = await desk.exchange.place(ask.account_id, asked, by=caller_of(ask).actor)
    if order.filled_quantity:
        desk.weights.uncount_orders(ask.account_id, 1)
    return schema.render_answer(order, schema.wire_symbol(market.instrument), detail)


async def test(desk: Desk, ask: Ask) -> Any:
    """As `place`, but nothing is done; with `computeCommissionRates` it says what would be charged."""
    market = desk.market(ask.parameters.symbol())
    asked = read_order(
        desk, market, Leg(ask.parameters), client_order_id=client_id(ask, "newClientOrderId")
    )
    detail_of(ask.parameters, asked.type)
    await desk.exchange.test(ask.account_id, asked)
    if not ask.parameters.optional_flag("computeCommissionRates"):
        return {}
    account = await desk.exchange.account(ask.account_id)
    rates = schema.render_commission(account, schema.wire_symbol(market.instrument))
    return {
        "standardCommissionForOrder": {
            side: rates["standardCommission"][side] for side in ("maker", "taker")
        },
        "specialCommissionForOrder": {
            side: rates["specialCommission"][side] for side in ("maker", "taker")
        },
        "taxCommissionForOrder": {
            side: rates["taxCommission"][side] for side in ("maker", "taker")
        },
        "discount": rates["discount"],
    }


async def cancel(desk: Desk, ask: Ask) -> Any:
    """An order of a list takes the list with it, and the answer is the list's."""
    market = desk.market(ask.parameters.symbol())
    which = order_ref(ask.parameters, market)
    await _check_restrictions(desk, ask, which)
    order = await desk.exchange.cancel(
        ask.account_id, which, by=caller_of(ask).actor, cancel_id=client_id(ask, "newClientOrderId")
    )
    return await show_cancelled(desk, ask, market, order)


async def _check_restrictions(desk: Desk, ask: Ask, which: OrderRef) -> None:
    wanted = ask.parameters.optional("cancelRestrictions")
    if wanted is None:
        return
    if wanted not in _RESTRICTIONS:
        raise DialectRefused(
            -1145,
            "cancelRestrictions has to be either 'ONLY_NEW' or 'ONLY_PARTIALLY_FILLED'.",
        )
    order = await desk.exchange.order(ask.account_id, which)
    if order.open and order.status != _RESTRICTIONS[wanted]:
        raise DialectRefused(-2011, "Order was not canceled due to cancel restrictions.")


async def show_cancelled(desk: Desk, ask: Ask, market: Market, order: VenueOrder) -> Any:
    wire = schema.wire_symbol(market.instrument)
    if order.list_number is None:
        return schema.render_cancel(order, wire)
    whole = await desk.exchange.order_list(ask.account_id, number=order.list_number)
    return schema.render_cancelled_list(whole, wire)


async def cancel_open(desk: Desk, ask: Ask) -> Any:
    """All open orders of a symbol. Sent again, the same signed request finds nothing to cancel any more."""
    market = desk.market(ask.parameters.symbol())
    await only_once(desk, ask, DialectRefused(*UNKNOWN_ORDER))
    found = await desk.exchange.cancel_open(
        ask.account_id, market.instrument.symbol, by=caller_of(ask).actor
    )
    if not found:
        raise DialectRefused(*UNKNOWN_ORDER)
    shown: list[Any] = []
    lists: set[int] = set()
    for order in found:
        if order.list_number not in lists:
            shown.append(await show_cancelled(desk, ask, market, order))
        if order.list_number is not None:
            lists.add(order.list_number)
    return shown


async def replace(desk: Desk, ask: Ask) -> Any:
    """Raises DialectRefused where a part of it failed, as Binance does: with both parts' answers in `data`."""
    parameters = ask.parameters
    market = desk.market(parameters.symbol())
    mode = parameters.text("cancelReplaceMode")
    if mode not in ("STOP_ON_FAILURE", "ALLOW_FAILURE"):
        raise invalid("cancelReplaceMode")
    if not (parameters.has("cancelOrderId") or parameters.has("cancelOrigClientOrderId")):
        raise mandatory("cancelOrigClientOrderId")
    which = order_ref(parameters, market, "cancelOrderId", "cancelOrigClientOrderId")
    asked = read_order(
        desk, market, Leg(parameters), client_order_id=client_id(ask, "newClientOrderId")
    )
    detail = detail_of(parameters, asked.type)
    await _check_restrictions(desk, ask, which)
    done = await desk.exchange.replace(
        ask.account_id, which, asked, by=caller_of(ask).actor,
        stop_on_failure=mode == "STOP_ON_FAILURE", cancel_id=client_id(ask, "cancelNewClientOrderId"),
    )  # fmt: skip
    return _replaced(done, schema.wire_symbol(market.instrument), detail)


def _replaced(done: Replaced, wire: str, detail: schema.Detail) -> Any:
    answers = {
        "cancelResult": _result(done.canceled),
        "newOrderResult": _result(done.placed),
        "cancelResponse": schema.render_cancel(done.canceled, wire)
        if isinstance(done.canceled, VenueOrder)
        else _failure(done.canceled, cancels=True),
        "newOrderResponse": schema.render_answer(done.placed, wire, detail)
        if isinstance(done.placed, VenueOrder)
        else _failure(done.placed, cancels=False),
    }
    worked = [isinstance(part, VenueOrder) for part in (done.canceled, done.placed)]
    if all(worked):
        return answers
    if any(worked):
        raise DialectRefused(
            -2021, "Order cancel-replace partially failed.", http=409, data=answers
        )
    raise DialectRefused(-2022, "Order cancel-replace failed.", data=answers)


def _result(part: VenueOrder | Exception | None) -> str:
    if part is None:
        return "NOT_ATTEMPTED"
    return "SUCCESS" if isinstance(part, VenueOrder) else "FAILURE"


def _failure(part: object, *, cancels: bool) -> Any:
    if part is None:
        return None
    if not isinstance(part, ArenaError):
        assert isinstance(part, Exception)
        raise part
    return answer_of(part, cancels=cancels).body()


async def status(desk: Desk, ask: Ask) -> Any:
    market = desk.market(ask.parameters.symbol())
    order = await desk.exchange.order(ask.account_id, order_ref(ask.parameters, market))
    return schema.render_order(order, schema.wire_symbol(market.instrument))


async def open_orders(desk: Desk, ask: Ask) -> Any:
    wire = ask.parameters.optional_symbol()
    symbol = None if wire is None else desk.market(wire).instrument.symbol
    return _shown(desk, await desk.exchange.open_orders(ask.account_id, symbol))


async def all_orders(desk: Desk, ask: Ask) -> Any:
    market = desk.market(ask.parameters.symbol())
    since, until = span(ask.parameters)
    found = await desk.exchange.orders(
        ask.account_id, market.instrument.symbol, from_number=ask.parameters.optional_whole("orderId"),
        since=since, until=until, limit=ask.parameters.limit(500, 1_000),
    )  # fmt: skip
    return _shown(desk, found)


def span(parameters: Parameters) -> Any:
    """`startTime` and `endTime`, at most a day apart."""
    since, until = parameters.span()
    if since is not None and until is not None and until - since > SPAN_MAX:
        raise DialectRefused(-1127, "More than 24 hours between startTime and endTime.")
    return since, until


def _shown(desk: Desk, orders: Iterable[VenueOrder]) -> list[dict[str, Any]]:
    return [schema.render_order(order, desk.wire(order.request.symbol)) for order in orders]


def caller_of(ask: Ask) -> Caller:
    assert ask.caller is not None, "the act asks for a signature"
    return ask.caller


def _open_weight(parameters: Parameters) -> int:
    return 6 if parameters.has("symbol") else 80


ACTS = (
    Act("order.place", "trade", 1, place, orders=1, changes=True),
    Act("order.test", "trade", 1, test),
    Act("order.cancel", "trade", 1, cancel, cancels=True, changes=True),
    Act("order.cancelReplace", "trade", 1, replace, orders=1, changes=True),
    Act("order.status", "user_data", 4, status),
    Act("openOrders.status", "user_data", _open_weight, open_orders),
    Act("openOrders.cancelAll", "trade", 1, cancel_open, cancels=True, changes=True),
    Act("allOrders", "user_data", 20, all_orders),
)
