"""Our own connector to Binance Spot: REST, market streams and the user stream, with HMAC and Ed25519 keys."""

from arena.trading.venues.binance.open import BinanceKey, open_binance
from arena.trading.venues.binance.rest import Exchange as BinanceExchange
from arena.trading.venues.binance.sign import BadSecret, SecretKind
from arena.trading.venues.binance.venue import BinanceVenue

__all__ = [
    "BadSecret",
    "BinanceExchange",
    "BinanceKey",
    "BinanceVenue",
    "SecretKind",
    "open_binance",
]
