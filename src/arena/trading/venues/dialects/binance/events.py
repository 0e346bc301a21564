"""What happens in an account, as Binance tells it: executionReport, outboundAccountPosition and their like, both ways.

Every event carries an extra key `arena`: `event` is its number in the account, counted without gap, from which whoever
was away goes on; a fill's has its evidence, an ended order's the reason. Times are the exchange's, in milliseconds.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from arena.kit.clock import to_ms
from arena.trading.venues.dialects.binance.schema.numbers import (
    ZERO,
    Malformed,
    moment,
    number,
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
from arena.trading.venues.model import (
    Balance,
    Fill,
    OrderList,
    OrderRequest,
    OrderStatus,
    UserEvent,
    VenueOrder,
)

Message = dict[str, Any]
_EXECUTIONS: Mapping[OrderStatus, str] = {
    "canceled": "CANCELED",
    "expired": "EXPIRED",
    "expired_in_match": "TRADE_PREVENTION",
    "rejected": "REJECTED",
}


def messages(event: UserEvent, wire: Callable[[str], str]) -> Iterator[Message]:
    """The event as one message or more; `wire` gives the symbol on the wire for one of ours."""
    if event.kind in ("order", "fill"):
        assert event.order is not None, event
        yield execution_report(event, event.order, wire(event.order.request.symbol))
    elif event.kind == "list":
        assert event.order_list is not None, event
        yield list_status(event, event.order_list, wire(event.order_list.symbol))
    else:
        for asset, change in event.changes.items():
            yield balance_update(event, asset, change)
        yield account_position(event)


def execution_report(event: UserEvent, order: VenueOrder, symbol: str) -> Message:
    """One step in an order's life. Of a cancelled order `c` is what the cancel called itself, and `C` the order's own
    client order id; of all others `C` is empty, and never null."""
    request, fill = order.request, order.fills[-1] if event.kind == "fill" else None
    canceled = order.status == "canceled" and fill is None
    at = to_ms(event.at)
    told: Message = {
        "e": "executionReport", "E": at, "s": symbol,
        "c": (order.cancel_id or f"arena-{event.number}") if canceled else request.client_order_id,
        "S": SIDES[request.side], "o": ORDER_TYPES[request.type],
        "f": TIMES_IN_FORCE[request.time_in_force],
        "q": text8(request.quantity), "p": text8(request.limit_price),
        "P": text8(request.stop_price), "F": ZERO,
        "g": order.list_number if order.list_number is not None else -1,
        "C": request.client_order_id if canceled else "",
        "x": "TRADE" if fill is not None else _EXECUTIONS.get(order.status, "NEW"),
        "X": STATUSES[order.status],
        "r": "NONE" if order.status != "rejected" else (order.reason or "UNKNOWN").upper(),
        "i": order.number,
        "l": text8(fill.quantity if fill else None), "z": text8(order.filled_quantity),
        "L": text8(fill.price if fill else None),
        "n": text8(fill.fee) if fill else "0", "N": fill.fee_asset if fill else None,
        "T": to_ms(fill.at) if fill else at, "t": fill.trade_number if fill else -1,
        "I": event.number,
        "w": order.open and order.working and request.type != "market",
        "m": fill is not None and fill.liquidity == "maker", "M": fill is not None,
        "O": to_ms(order.placed_at), "Z": text8(order.filled_quote),
        "Y": text8(fill.quantity * fill.price if fill else None),
        "Q": text8(request.quote_quantity),
    }  # fmt: skip
    if order.working_at is not None:
        told["W"] = to_ms(order.working_at)
    told["V"] = SELF_MATCHES[request.self_match]
    if request.trailing_bps is not None:
        told["d"] = request.trailing_bps
    if told["x"] == "TRADE_PREVENTION":
        left = text8((request.quantity or order.filled_quantity) - order.filled_quantity)
        told.update(A=left, B=left)
    told["arena"] = _arena(event, order, fill)
    return told


def _arena(event: UserEvent, order: VenueOrder, fill: Fill | None) -> Message:
    about: Message = {"event": event.number, "order": order.id}
    if fill is not None:
        about.update(fill=fill.id, evidence=fill.evidence)
    if order.reason is not None:
        about["reason"] = order.reason
    return about


def account_position(event: UserEvent) -> Message:
    """The balances that changed, as they are now."""
    at = to_ms(event.at)
    return {
        "e": "outboundAccountPosition", "E": at, "u": at,
        "B": [
            {"a": asset, "f": text8_down(balance.free), "l": text8_down(balance.locked)}
            for asset, balance in event.balances.items()
        ],
        "arena": {"event": event.number},
    }  # fmt: skip


def balance_update(event: UserEvent, asset: str, change: Decimal) -> Message:
    """What came into the account, or with a minus went out of it, other than by trading."""
    at = to_ms(event.at)
    return {
        "e": "balanceUpdate", "E": at, "a": asset, "d": text8(change), "T": at,
        "arena": {"event": event.number},
    }  # fmt: skip


def list_status(event: UserEvent, listed: OrderList, symbol: str) -> Message:
    """A list of orders, one of which cancels the other, that has begun or is done."""
    done = "ALL_DONE" if listed.done else None
    return {
        "e": "listStatus", "E": to_ms(event.at), "s": symbol, "g": listed.number, "c": "OCO",
        "l": done or "EXEC_STARTED", "L": done or "EXECUTING", "r": "NONE",
        "C": listed.client_order_id, "T": to_ms(event.at),
        "O": [
            {"s": symbol, "i": order.number, "c": order.request.client_order_id}
            for order in listed.orders
        ],
        "arena": {"event": event.number},
    }  # fmt: skip


def stream_terminated(at: datetime) -> Message:
    """Nothing more comes by this subscription: its key or session is over."""
    return {"e": "eventStreamTerminated", "E": to_ms(at)}


def listen_key_expired(at: datetime, listen_key: str) -> Message:
    return {"e": "listenKeyExpired", "E": to_ms(at), "listenKey": listen_key}


def server_shutdown(at: datetime) -> Message:
    """The last words before a server stops: connect again."""
    return {"e": "serverShutdown", "E": to_ms(at)}


def order_of(message: Mapping[str, Any], symbol: str, account_id: str) -> VenueOrder:
    """The order an executionReport tells of, with the fill where it is one. `symbol` is ours.

    Raises Malformed.
    """
    try:
        return _order_of(message, symbol, account_id)
    except KeyError as missing:
        raise Malformed(f"an executionReport without {missing}") from missing


def _order_of(message: Mapping[str, Any], symbol: str, account_id: str) -> VenueOrder:
    canceled = message["x"] == "CANCELED"
    client_order_id = message["C"] if canceled and message["C"] else message["c"]
    quote = number(message.get("Q", ZERO))
    request = OrderRequest(
        client_order_id=client_order_id, symbol=symbol, side=side_of(message["S"]),
        type=order_type_of(message["o"]), quantity=number(message["q"]) or None,
        quote_quantity=quote or None, limit_price=number(message["p"]) or None,
        stop_price=number(message["P"]) or None,
        trailing_bps=whole(message["d"]) if "d" in message else None,
        time_in_force=time_in_force_of(message["f"]), self_match=self_match_of(message.get("V")),
    )  # fmt: skip
    order_id = str(whole(message["i"]))
    return VenueOrder(
        id=order_id, account_id=account_id, number=whole(message["i"]), request=request,
        status=status_of(message["X"]), placed_at=moment(message["O"]),
        updated_at=moment(message["T"]), filled_quantity=number(message["z"]),
        filled_quote=number(message["Z"]), working=bool(message["w"]),
        working_at=moment(message["W"]) if "W" in message else None,
        list_number=message["g"] if message.get("g", -1) != -1 else None,
        cancel_id=message["c"] if canceled else None,
        reason=message["r"].lower() if message["r"] != "NONE" else None,
        fills=(_fill_of(message, request, account_id),) if message["x"] == "TRADE" else (),
    )  # fmt: skip


def _fill_of(message: Mapping[str, Any], request: OrderRequest, account_id: str) -> Fill:
    """Its number within the order is not told, so it is 0; the trade's own number names it."""
    trade = whole(message["t"])
    return Fill(
        id=f"{request.symbol}:{trade}", order_id=str(message["i"]), account_id=account_id, number=0,
        symbol=request.symbol, side=request.side, quantity=number(message["l"]),
        price=number(message["L"]), fee=number(message["n"]), fee_asset=message["N"] or "",
        liquidity="maker" if message["m"] else "taker",
        evidence=dict((message.get("arena") or {}).get("evidence") or {}),
        at=moment(message["T"]), trade_number=trade,
    )  # fmt: skip


def balances_of(message: Mapping[str, Any]) -> dict[str, Balance]:
    """The balances an outboundAccountPosition tells of. Raises Malformed."""
    try:
        return {row["a"]: Balance(number(row["f"]), number(row["l"])) for row in message["B"]}
    except (KeyError, TypeError) as broken:
        raise Malformed(f"an outboundAccountPosition without {broken}") from broken
