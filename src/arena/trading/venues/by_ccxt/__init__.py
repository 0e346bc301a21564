"""Accounts at Coinbase Advanced and every other exchange that ccxt speaks."""

from arena.trading.venues.by_ccxt.open import (
    CcxtKey,
    CcxtPlace,
    NoCcxt,
    UnknownExchange,
    open_ccxt,
)
from arena.trading.venues.by_ccxt.venue import CcxtVenue

__all__ = ["CcxtKey", "CcxtPlace", "CcxtVenue", "NoCcxt", "UnknownExchange", "open_ccxt"]
