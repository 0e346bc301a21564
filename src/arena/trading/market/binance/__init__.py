"""Live public market data of Binance Spot: REST for what was missed, streams for what happens."""

from arena.trading.market.binance.live import Live, Place
from arena.trading.market.binance.open import ask, open_live, reason_of

__all__ = ["Live", "Place", "ask", "open_live", "reason_of"]
