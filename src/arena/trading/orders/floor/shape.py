"""Whether a request holds together, before anything else is asked. Pure; Binance's own rules, in our words."""

from datetime import datetime

from arena.kit.clock import iso_ms
from arena.trading.venues import BadOrderRequest, OrderListRequest, OrderRequest

TRAILING_BPS = range(10, 2001)
_LIMITED = ("limit", "limit_maker", "stop_loss_limit", "take_profit_limit")
_STOPS = ("stop_loss", "stop_loss_limit", "take_profit", "take_profit_limit")


def check_shape(asked: OrderRequest, now: datetime) -> None:
    """Raises BadOrderRequest."""
    why = _quantities(asked) or _prices(asked) or _terms(asked, now)
    if why is not None:
        raise BadOrderRequest(why=why)


def check_list(asked: OrderListRequest) -> None:
    """Raises BadOrderRequest where the two orders are no pair of which one can cancel the other."""
    above, below = asked.above, asked.below
    if (above.symbol, above.side, above.quantity) != (below.symbol, below.side, below.quantity):
        raise BadOrderRequest(why="both orders of a list have one symbol, side and quantity")
    if above.symbol != asked.symbol:
        raise BadOrderRequest(why="the orders of a list are in its own symbol")
    kinds = {_direction(above), _direction(below)}
    if kinds != {"stop", "profit"}:
        raise BadOrderRequest(
            why="a list has one stop-loss order, and one limit-maker or take-profit order"
        )
    if len({asked.client_order_id, above.client_order_id, below.client_order_id}) < 3:
        raise BadOrderRequest(why="the list and its orders have three different client order ids")


def _direction(asked: OrderRequest) -> str | None:
    if asked.type in ("stop_loss", "stop_loss_limit"):
        return "stop"
    return "profit" if asked.type in ("limit_maker", "take_profit", "take_profit_limit") else None


def _quantities(asked: OrderRequest) -> str | None:
    numbers = (asked.quantity, asked.quote_quantity, asked.limit_price, asked.stop_price)
    if any(number is not None and (not number.is_finite() or number <= 0) for number in numbers):
        return "quantities and prices are finite numbers above zero"
    if asked.quote_quantity is not None:
        if asked.type != "market":
            return "only a market order has a quote quantity"
        if asked.quantity is not None:
            return "a market order has a quantity or a quote quantity, not both"
    elif asked.quantity is None:
        return "the quantity is missing"
    return None


def _prices(asked: OrderRequest) -> str | None:
    if (asked.limit_price is not None) is not (asked.type in _LIMITED):
        return f"a limit price belongs to {', '.join(_LIMITED)}, and to nothing else"
    if asked.type not in _STOPS:
        if asked.stop_price is not None or asked.trailing_bps is not None:
            return (
                f"a stop price or trailing_bps belongs to {', '.join(_STOPS)}, and to nothing else"
            )
        return None
    if asked.stop_price is None and asked.trailing_bps is None:
        return f"{asked.type} needs a stop price or trailing_bps"
    if asked.trailing_bps is not None and asked.trailing_bps not in TRAILING_BPS:
        return f"trailing_bps lies between {TRAILING_BPS.start} and {TRAILING_BPS.stop - 1}"
    return None


def _terms(asked: OrderRequest, now: datetime) -> str | None:
    if asked.time_in_force != "gtc" and asked.type not in _LIMITED:
        return f"a time in force belongs to {', '.join(_LIMITED)}"
    if asked.time_in_force != "gtc" and asked.type == "limit_maker":
        return "a limit maker rests until it is filled or cancelled; it has no other time in force"
    if asked.expires_at is not None and asked.expires_at <= now:
        return f"it expires at {iso_ms(asked.expires_at)} and it is {iso_ms(now)}"
    return None
