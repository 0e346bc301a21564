"""The paper exchange served as Binance Spot, and the words both sides of that wire share."""

from arena.trading.venues.dialects.binance.errors import TABLE, DialectRefused
from arena.trading.venues.dialects.binance.serve import routes

__all__ = ["TABLE", "DialectRefused", "routes"]
