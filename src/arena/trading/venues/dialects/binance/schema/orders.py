"""Orders and fills on Binance's wire: what is asked, what is answered at once, and what is asked about later."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Literal

from arena.kit.clock import to_ms
from arena.trading.venues.dialects.binance.schema.numbers import (
    ZERO,
    Malformed,
    milliseconds,
    moment,
    number,
    plain,
    text8,
    text8_down,
    whole,
)
from arena.trading.venues.dialects.binance.schema.words import (
    ORDER_TYPES,
    SELF_MATCHES,
    SIDES,
    STATUSES,
    TIMES_IN_FORCE,
    order_type_of,
    self_match_of,
    side_of,
    status_of,
    time_in_force_of,
)
from arena.trading.venues.model import Fill, OrderRequest, VenueOrder

Detail = Literal["ACK", "RESULT", "FULL"]


def request_parameters(request: OrderRequest, wire: str) -> dict[str, str]:
    """What `POST order` is asked with. An exchange has no order that ends by itself: `expires_at` is the asker's."""
    parameters = {
        "symbol": wire,
        "side": SIDES[request.side],
        "type": ORDER_TYPES[request.type],
        "newClientOrderId": request.client_order_id,
        "selfTradePreventionMode": SELF_MATCHES[request.self_match],
    }
    if request.type in ("limit", "stop_loss_limit", "take_profit_limit"):
        parameters["timeInForce"] = TIMES_IN_FORCE[request.time_in_force]
    for name, amount in (
        ("quantity", request.quantity),
        ("quoteOrderQty", request.quote_quantity),
        ("price", request.limit_price),
        ("stopPrice", request.stop_price),
    ):
        if amount is not None:
            parameters[name] = plain(amount)
    if request.trailing_bps is not None:
        parameters["trailingDelta"] = str(request.trailing_bps)
    return parameters


def render_answer(order: VenueOrder, wire: str, detail: Detail) -> dict[str, Any]:
    """What `POST order` answers."""
    answer: dict[str, Any] = {
        "symbol": wire,
        "orderId": order.number,
        "orderListId": -1 if order.list_number is None else order.list_number,
        "clientOrderId": order.request.client_order_id,
        "transactTime": to_ms(order.updated_at),
    }
    if detail == "ACK":
        return answer
    answer |= _state(order)
    answer["workingTime"] = milliseconds(order.working_at)
    answer["selfTradePreventionMode"] = SELF_MATCHES[order.request.self_match]
    if detail == "FULL":
        answer["fills"] = [render_fill(fill) for fill in order.fills]
    return answer


def render_fill(fill: Fill) -> dict[str, Any]:
    """A fill in the answer to a new order; its evidence comes with it."""
    return {
        "price": text8(fill.price),
        "qty": text8(fill.quantity),
        "commission": text8(fill.fee),
        "commissionAsset": fill.fee_asset,
        "tradeId": fill.trade_number,
        "arena": {"id": fill.id, "liquidity": fill.liquidity, "evidence": fill.evidence},
    }


def render_cancel(order: VenueOrder, wire: str) -> dict[str, Any]:
    """What `DELETE order` answers: `clientOrderId` is the cancel's own, the order's is in `origClientOrderId`."""
    return {
        "symbol": wire,
        "origClientOrderId": order.request.client_order_id,
        "orderId": order.number,
        "orderListId": -1 if order.list_number is None else order.list_number,
        "clientOrderId": order.cancel_id or f"arena-{order.number}",
        "transactTime": to_ms(order.updated_at),
        **_state(order),
        "selfTradePreventionMode": SELF_MATCHES[order.request.self_match],
    }


def render_order(order: VenueOrder, wire: str) -> dict[str, Any]:
    """What `GET order`, `openOrders` and `allOrders` show."""
    return {
        "symbol": wire,
        "orderId": order.number,
        "orderListId": -1 if order.list_number is None else order.list_number,
        "clientOrderId": order.request.client_order_id,
        **_state(order),
        "stopPrice": text8(order.request.stop_price),
        "icebergQty": ZERO,
        "time": to_ms(order.placed_at),
        "updateTime": to_ms(order.updated_at),
        "isWorking": order.working,
        "workingTime": milliseconds(order.working_at),
        "selfTradePreventionMode": SELF_MATCHES[order.request.self_match],
        "arena": {"id": order.id, "reason": order.reason},
    }


def quantity_of(order: VenueOrder) -> Decimal:
    """Base units asked for; what was filled, where the order was for an amount of quote."""
    quantity = order.request.quantity
    return order.filled_quantity if quantity is None else quantity


def _state(order: VenueOrder) -> dict[str, Any]:
    request = order.request
    state: dict[str, Any] = {
        "price": text8(request.limit_price),
        "origQty": text8(quantity_of(order)),
        "executedQty": text8(order.filled_quantity),
        "origQuoteOrderQty": text8(request.quote_quantity),
        "cummulativeQuoteQty": text8(order.filled_quote),
        "status": STATUSES[order.status],
        "timeInForce": TIMES_IN_FORCE[request.time_in_force],
        "type": ORDER_TYPES[request.type],
        "side": SIDES[request.side],
    }
    if request.stop_price is not None:
        state["stopPrice"] = text8(request.stop_price)
    if request.trailing_bps is not None:
        state["trailingDelta"] = request.trailing_bps
        state["trailingTime"] = to_ms(order.placed_at)
    return state


def parse_order(data: Any, symbol: str, account_id: str) -> VenueOrder:
    """Any of the shapes in which Binance shows an order, an ACK too (which says only that it was taken).

    `symbol` is ours. Raises Malformed.
    """
    try:
        number_ = whole(data["orderId"])
        cancelled = "origClientOrderId" in data
        at = data.get("updateTime", data.get("transactTime"))
        placed = moment(data.get("time", at))
        updated = moment(at)
        working = data.get("workingTime")
        list_number = whole(data.get("orderListId", -1))
        order_id = str(number_)
        fills = tuple(
            _answered_fill(one, place, data, symbol=symbol, account_id=account_id)
            for place, one in enumerate(data.get("fills", ()), 1)
        )
        return VenueOrder(
            id=order_id,
            account_id=account_id,
            number=number_,
            request=_parse_request(data, symbol, cancelled=cancelled),
            status=status_of(data.get("status", "NEW")),
            placed_at=placed,
            updated_at=updated,
            filled_quantity=number(data.get("executedQty", "0")),
            filled_quote=_worth(data.get("cummulativeQuoteQty", "0")),
            working=data.get("isWorking", True) is True,
            working_at=moment(working) if working is not None and working >= 0 else None,
            list_number=None if list_number == -1 else list_number,
            cancel_id=str(data["clientOrderId"]) if cancelled else None,
            fills=fills,
        )
    except (KeyError, TypeError, AttributeError) as broken:
        raise Malformed(f"order: {type(broken).__name__} {broken}") from broken


def _parse_request(data: Any, symbol: str, *, cancelled: bool) -> OrderRequest:
    trailing = data.get("trailingDelta")
    kind = order_type_of(data.get("type", "LIMIT"))
    return OrderRequest(
        client_order_id=str(data["origClientOrderId" if cancelled else "clientOrderId"]),
        symbol=symbol,
        side=side_of(data.get("side", "BUY")),
        type=kind,
        quantity=number(data.get("origQty", "0")),
        quote_quantity=_some(data.get("origQuoteOrderQty")),
        limit_price=_some(data.get("price")) if kind not in ("market",) else None,
        stop_price=_some(data.get("stopPrice")),
        trailing_bps=None if trailing in (None, -1) else whole(trailing),
        time_in_force=time_in_force_of(data.get("timeInForce", "GTC")),
        self_match=self_match_of(data.get("selfTradePreventionMode")),
    )


def _some(text: Any) -> Decimal | None:
    """Zero and nothing mean none."""
    return None if text is None else number(text) or None


def _worth(text: Any) -> Decimal:
    """Negative for orders from before Binance kept it; then nobody knows, and zero is what we show."""
    return Decimal(0) if isinstance(text, str) and text.startswith("-") else number(text)


def _answered_fill(one: Any, place: int, data: Any, *, symbol: str, account_id: str) -> Fill:
    order_number, trade = whole(data["orderId"]), whole(one["tradeId"])
    return Fill(
        id=f"{order_number}:{trade}",
        order_id=str(order_number),
        account_id=account_id,
        number=place,
        symbol=symbol,
        side=side_of(data["side"]),
        quantity=number(one["qty"]),
        price=number(one["price"]),
        fee=number(one["commission"]),
        fee_asset=str(one["commissionAsset"]),
        liquidity="taker",
        evidence={"venue_trade": trade},
        at=moment(data["transactTime"]),
        trade_number=trade,
    )


def render_trade_of(
    fill: Fill, wire: str, order_number: int, list_number: int = -1
) -> dict[str, Any]:
    """A row of `myTrades`."""
    return {
        "symbol": wire,
        "id": fill.trade_number,
        "orderId": order_number,
        "orderListId": list_number,
        "price": text8(fill.price),
        "qty": text8(fill.quantity),
        "quoteQty": text8_down(fill.price * fill.quantity),
        "commission": text8(fill.fee),
        "commissionAsset": fill.fee_asset,
        "time": to_ms(fill.at),
        "isBuyer": fill.side == "buy",
        "isMaker": fill.liquidity == "maker",
        "isBestMatch": True,
        "arena": {"id": fill.id, "evidence": fill.evidence},
    }


def parse_trade_of(row: Any, symbol: str, account_id: str) -> tuple[int, Fill]:
    """(order number, fill) of a row of `myTrades`. Fills are not numbered within their order there: `number` is 0.

    Raises Malformed.
    """
    try:
        order_number, trade = whole(row["orderId"]), whole(row["id"])
        return order_number, Fill(
            id=f"{order_number}:{trade}",
            order_id=str(order_number),
            account_id=account_id,
            number=0,
            symbol=symbol,
            side="buy" if row["isBuyer"] is True else "sell",
            quantity=number(row["qty"]),
            price=number(row["price"]),
            fee=number(row["commission"]),
            fee_asset=str(row["commissionAsset"]),
            liquidity="maker" if row["isMaker"] is True else "taker",
            evidence={"venue_trade": trade},
            at=moment(row["time"]),
            trade_number=trade,
        )
    except (KeyError, TypeError) as broken:
        raise Malformed(f"myTrades: {type(broken).__name__} {broken}") from broken


def parse_orders(
    rows: Iterable[Any], symbol_of: dict[str, str], account_id: str
) -> list[VenueOrder]:
    """Orders whose symbol we know; `symbol_of` is ours by the one on the wire. Raises Malformed."""
    return [
        parse_order(row, symbol_of[row["symbol"]], account_id)
        for row in rows
        if row.get("symbol") in symbol_of
    ]
