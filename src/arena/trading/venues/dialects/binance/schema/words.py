"""Binance's words for order types, sides, statuses and the rest, and ours for them."""

from typing import Any, TypeVar

from arena.trading.market import Side
from arena.trading.venues.dialects.binance.schema.numbers import Malformed
from arena.trading.venues.model import OrderStatus, OrderType, SelfMatch, TimeInForce

T = TypeVar("T")
SIDES: dict[Side, str] = {"buy": "BUY", "sell": "SELL"}
ORDER_TYPES: dict[OrderType, str] = {
    "limit": "LIMIT",
    "limit_maker": "LIMIT_MAKER",
    "market": "MARKET",
    "stop_loss": "STOP_LOSS",
    "stop_loss_limit": "STOP_LOSS_LIMIT",
    "take_profit": "TAKE_PROFIT",
    "take_profit_limit": "TAKE_PROFIT_LIMIT",
}
TIMES_IN_FORCE: dict[TimeInForce, str] = {"gtc": "GTC", "ioc": "IOC", "fok": "FOK"}
SELF_MATCHES: dict[SelfMatch, str] = {
    "none": "NONE",
    "expire_taker": "EXPIRE_TAKER",
    "expire_maker": "EXPIRE_MAKER",
    "expire_both": "EXPIRE_BOTH",
}
# Nobody who speaks Binance has words for an order that is on its way or whose fate is unknown; both are open.
STATUSES: dict[OrderStatus, str] = {
    "pending": "NEW",
    "accepted": "NEW",
    "unknown": "NEW",
    "partially_filled": "PARTIALLY_FILLED",
    "filled": "FILLED",
    "canceled": "CANCELED",
    "expired": "EXPIRED",
    "expired_in_match": "EXPIRED_IN_MATCH",
    "rejected": "REJECTED",
}

_SIDES: dict[str, Side] = {wire: ours for ours, wire in SIDES.items()}
_ORDER_TYPES: dict[str, OrderType] = {wire: ours for ours, wire in ORDER_TYPES.items()}
_TIMES_IN_FORCE: dict[str, TimeInForce] = {wire: ours for ours, wire in TIMES_IN_FORCE.items()}
# An exchange may prevent by more ways than we know (DECREMENT, TRANSFER); what is shown then is the default's.
_SELF_MATCHES: dict[str, SelfMatch] = {wire: ours for ours, wire in SELF_MATCHES.items()}
_STATUSES: dict[str, OrderStatus] = {
    "NEW": "accepted",
    "PENDING_NEW": "pending",
    "PARTIALLY_FILLED": "partially_filled",
    "FILLED": "filled",
    "CANCELED": "canceled",
    "PENDING_CANCEL": "accepted",
    "REJECTED": "rejected",
    "EXPIRED": "expired",
    "EXPIRED_IN_MATCH": "expired_in_match",
}


def side_of(word: Any) -> Side:
    return _known(_SIDES, word, "side")


def order_type_of(word: Any) -> OrderType:
    return _known(_ORDER_TYPES, word, "order type")


def time_in_force_of(word: Any) -> TimeInForce:
    return _known(_TIMES_IN_FORCE, word, "time in force")


def self_match_of(word: Any) -> SelfMatch:
    return _SELF_MATCHES.get(word, "expire_maker")


def known_self_match(word: str) -> SelfMatch | None:
    """None for a mode that is not served here."""
    return _SELF_MATCHES.get(word)


def status_of(word: Any) -> OrderStatus:
    return _known(_STATUSES, word, "status")


def _known(table: dict[str, T], word: Any, what: str) -> T:
    try:
        return table[word]
    except (KeyError, TypeError):
        raise Malformed(f"no {what}: {word!r:.50}") from None
