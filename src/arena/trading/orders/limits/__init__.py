"""The limits of an account, shown and set."""

from arena.trading.orders.limits.show import limits_in_use

__all__ = ["limits_in_use"]
