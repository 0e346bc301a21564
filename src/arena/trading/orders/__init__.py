"""An order's life: asked of risk, sent to the venue, filled, applied to the portfolio."""

from arena.trading.orders.cancel import cancel, cancel_open
from arena.trading.orders.halt import halt, resume
from arena.trading.orders.match import match
from arena.trading.orders.model import (
    MOVES,
    BadOrder,
    ClientOrderIdReused,
    NewOrder,
    NoSuchOrder,
    Order,
    OrderFilled,
    OrderNotOpen,
    Status,
    WrongQuote,
)
from arena.trading.orders.own import own_account_id
from arena.trading.orders.place import place
from arena.trading.orders.store import fill, fill_count, fills, open_orders, order, orders

__all__ = [
    "MOVES",
    "BadOrder",
    "ClientOrderIdReused",
    "NewOrder",
    "NoSuchOrder",
    "Order",
    "OrderFilled",
    "OrderNotOpen",
    "Status",
    "WrongQuote",
    "cancel",
    "cancel_open",
    "fill",
    "fill_count",
    "fills",
    "halt",
    "match",
    "open_orders",
    "order",
    "orders",
    "own_account_id",
    "place",
    "resume",
]
