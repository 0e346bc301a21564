"""ccxt's unified orders, trades and books into our values. Numbers in it are decimals, so none is rounded."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from arena.kit.clock import from_ms, wall_now
from arena.trading.market import ARITHMETIC, Book, Level
from arena.trading.venues.model import (
    Balance,
    Fill,
    OrderRequest,
    OrderStatus,
    OrderType,
    TimeInForce,
    VenueOrder,
)
from arena.trading.venues.naming import name_fill, order_id_of

ZERO = Decimal(0)
_ENDS: Mapping[str, OrderStatus] = {
    "canceled": "canceled",
    "canceling": "accepted",
    "expired": "expired",
    "rejected": "rejected",
}


class Unreadable(ValueError):
    """Something ccxt gave that is not in its unified form."""


def decimal(value: Any) -> Decimal | None:
    """None for nothing; raises Unreadable for what is no finite number."""
    if value is None:
        return None
    found = value if isinstance(value, Decimal) else Decimal(str(value))
    if not found.is_finite():
        raise Unreadable(f"no number: {value!r:.50}")
    return found


def moment(ms: Any) -> datetime | None:
    return from_ms(int(ms)) if ms else None


def order_of(
    told: Mapping[str, Any], symbol: str, account_id: str, asked: OrderRequest | None
) -> VenueOrder:
    """`asked` is the request where we sent it ourselves; else it is read back as well as the exchange tells it."""
    request = asked or _request(told, symbol)
    filled = decimal(told.get("filled")) or ZERO
    placed = moment(told.get("timestamp")) or wall_now()
    updated = moment(told.get("lastUpdateTimestamp") or told.get("lastTradeTimestamp")) or placed
    return VenueOrder(
        id=order_id_of(account_id, request.client_order_id),
        account_id=account_id,
        number=0,
        request=request,
        status=_status(told, filled, request.quantity),
        placed_at=placed,
        updated_at=updated,
        filled_quantity=filled,
        filled_quote=_worth(told, filled),
        venue_order_id=str(told["id"]),
    )


def fill_of(
    told: Mapping[str, Any], symbol: str, account_id: str, order_id: str, quote: str
) -> Fill:
    """A trade of ours. Without a word about fees there was none."""
    price, quantity = decimal(told["price"]), decimal(told["amount"])
    at = moment(told.get("timestamp"))
    if not price or not quantity or at is None or told.get("side") not in ("buy", "sell"):
        raise Unreadable("a trade without price, amount, side or time")
    fee, fee_asset = _fee(told, quote)
    return name_fill(
        Fill(
            id="", order_id=order_id, account_id=account_id, number=0, symbol=symbol, side=told["side"],
            quantity=quantity, price=price, fee=fee, fee_asset=fee_asset,
            liquidity="maker" if told.get("takerOrMaker") == "maker" else "taker",
            evidence={"venue_order": str(told.get("order") or "")}, at=at,
        ),
        str(told["id"]),
    )  # fmt: skip


def book_of(told: Mapping[str, Any], symbol: str) -> Book:
    sides = []
    for name in ("bids", "asks"):
        levels = []
        for row in told[name]:
            price, quantity = decimal(row[0]), decimal(row[1])
            if price and quantity:
                levels.append(Level(price, quantity))
        sides.append(tuple(levels))
    return Book(symbol, moment(told.get("timestamp")) or wall_now(), sides[0], sides[1], "exchange")


def balances_of(told: Mapping[str, Any]) -> dict[str, Balance]:
    """Assets of which there is nothing are left out."""
    found = {
        asset: Balance(decimal(told["free"].get(asset)) or ZERO, decimal(told["used"].get(asset)) or ZERO)
        for asset in told["total"]
    }  # fmt: skip
    return {asset: balance for asset, balance in found.items() if balance.total}


def _request(told: Mapping[str, Any], symbol: str) -> OrderRequest:
    kind, trigger = told.get("type") or "limit", decimal(told.get("triggerPrice"))
    side = told.get("side")
    if side not in ("buy", "sell"):
        raise Unreadable("an order without a side")
    ours: OrderType = "market" if kind == "market" else "limit"
    if trigger is not None:
        ours = "stop_loss" if kind == "market" else "stop_loss_limit"
    elif told.get("postOnly") is True:
        ours = "limit_maker"
    in_force = str(told.get("timeInForce") or "GTC").lower()
    time_in_force: TimeInForce = in_force if in_force in ("ioc", "fok") else "gtc"  # type: ignore[assignment]  # mypy does not narrow by `in`
    return OrderRequest(
        client_order_id=str(told.get("clientOrderId") or f"venue:{told['id']}"),
        symbol=symbol,
        side=side,
        type=ours,
        quantity=decimal(told.get("amount")),
        quote_quantity=None if told.get("amount") else decimal(told.get("cost")),
        limit_price=decimal(told.get("price")) if kind != "market" else None,
        stop_price=trigger,
        time_in_force=time_in_force,
    )


def _status(told: Mapping[str, Any], filled: Decimal, quantity: Decimal | None) -> OrderStatus:
    word = told.get("status") or "open"
    if word == "open":
        return "partially_filled" if filled else "accepted"
    if word == "closed":
        # An order that takes what there is ends closed, whether or not that was all of it.
        return "filled" if filled and (quantity is None or filled >= quantity) else "expired"
    if word not in _ENDS:
        raise Unreadable(f"no status: {word!r:.50}")
    return _ENDS[word]


def _worth(told: Mapping[str, Any], filled: Decimal) -> Decimal:
    cost, average = decimal(told.get("cost")), decimal(told.get("average"))
    if cost is None:
        return ARITHMETIC.multiply(filled, average) if average else ZERO
    return cost if filled else ZERO


def _fee(told: Mapping[str, Any], quote: str) -> tuple[Decimal, str]:
    fees = [fee for fee in (told.get("fees") or [told.get("fee")]) if fee and fee.get("cost")]
    total = sum((decimal(fee["cost"]) or ZERO for fee in fees), ZERO)
    return max(total, ZERO), str(fees[0].get("currency") or quote) if fees else quote
