"""A collective's own account begun anew: the old one stays where everybody sees it."""

from arena.trading.orders.resets.reset import (
    AccountHalted,
    NothingToReset,
    OrdersStillOpen,
    reset_account,
)

__all__ = ["AccountHalted", "NothingToReset", "OrdersStillOpen", "reset_account"]
