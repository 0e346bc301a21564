"""The paper exchange served as Binance Spot, and the words both sides of that wire share."""

from arena.trading.venues.dialects.binance.errors import TABLE, DialectRefused
from arena.trading.venues.dialects.binance.recovered import end_exchange_keys
from arena.trading.venues.dialects.binance.serve import dialect_routes
from arena.trading.venues.dialects.binance.ws_routes import say_goodbye

__all__ = ["TABLE", "DialectRefused", "dialect_routes", "end_exchange_keys", "say_goodbye"]
