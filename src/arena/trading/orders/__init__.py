"""An order's life: asked of risk, sent to the venue, filled, applied to the portfolio."""

from arena.trading.orders.cancel import cancel, cancel_open
from arena.trading.orders.floor import ExchangeBroke, ExchangeElsewhere, ExchangeFull, Floor
from arena.trading.orders.funding import fund
from arena.trading.orders.halt import resume, stop
from arena.trading.orders.limits import limits_in_use
from arena.trading.orders.liquidation import (
    Liquidation,
    LiquidationBegan,
    LiquidationEnded,
    LiquidationStep,
    guard,
    liquidations,
    send_liquidation_began,
    send_liquidation_ended,
    send_liquidation_step,
)
from arena.trading.orders.match import match
from arena.trading.orders.model import (
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
from arena.trading.orders.own import (
    current_account_id,
    own_account,
    own_account_id,
    own_accounts,
)
from arena.trading.orders.place import place
from arena.trading.orders.resets import (
    AccountHalted,
    NothingToReset,
    OrdersStillOpen,
    reset_account,
)
from arena.trading.orders.store import fill, fill_count, fills, open_orders, order, orders
from arena.trading.venues import MOVES

__all__ = [
    "MOVES",
    "AccountHalted",
    "BadOrder",
    "ClientOrderIdReused",
    "ExchangeBroke",
    "ExchangeElsewhere",
    "ExchangeFull",
    "Floor",
    "Liquidation",
    "LiquidationBegan",
    "LiquidationEnded",
    "LiquidationStep",
    "NewOrder",
    "NoSuchOrder",
    "NothingToReset",
    "Order",
    "OrderFilled",
    "OrderNotOpen",
    "OrdersStillOpen",
    "Status",
    "WrongQuote",
    "cancel",
    "cancel_open",
    "current_account_id",
    "fill",
    "fill_count",
    "fills",
    "fund",
    "guard",
    "limits_in_use",
    "liquidations",
    "match",
    "open_orders",
    "order",
    "orders",
    "own_account",
    "own_account_id",
    "own_accounts",
    "place",
    "reset_account",
    "resume",
    "send_liquidation_began",
    "send_liquidation_ended",
    "send_liquidation_step",
    "stop",
]
