"""Live public market data of Binance Spot: REST for what was missed, streams for what happens."""

from arena.trading.market.binance.live import Live, open_live

__all__ = ["Live", "open_live"]
