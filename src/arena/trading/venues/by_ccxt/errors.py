"""What ccxt raises, in our words. Where it does not say whether a request arrived, nobody knows."""

from typing import Any

from arena.kit.errors import ArenaError
from arena.trading.market import UnknownInstrument
from arena.trading.venues.limits import VenueBusy
from arena.trading.venues.model import (
    BadOrderRequest,
    MarketClosed,
    MayNotTrade,
    UnknownOrder,
    VenueAway,
    VenueRefused,
    VenueSilent,
    WouldTake,
)

WORDS_MAX = 300
WAIT_S = 10
NOT_FOUND = "orderID was not found"
"""What Coinbase says; ccxt looks for other words, and would call it a refusal."""


def error_of(raised: Exception, venue: str, *, symbol: str, wanted: str) -> ArenaError:
    """By the names of its class and of those above it, nearest first, as ccxt's own documentation draws their tree."""
    words = str(raised)[:WORDS_MAX]
    if NOT_FOUND in words:
        return UnknownOrder(which=wanted)
    makers: dict[str, Any] = {
        "OrderNotFound": lambda: UnknownOrder(which=wanted),
        "OrderImmediatelyFillable": WouldTake,
        "InsufficientFunds": lambda: VenueRefused(
            venue=venue, why=words, code="insufficient_funds"
        ),
        "InvalidOrder": lambda: BadOrderRequest(why=words),
        "BadSymbol": lambda: UnknownInstrument(symbol=symbol),
        "BadRequest": lambda: BadOrderRequest(why=words),
        "ArgumentsRequired": lambda: BadOrderRequest(why=words),
        "NotSupported": lambda: BadOrderRequest(why=words),
        "MarketClosed": lambda: MarketClosed(symbol=symbol),
        "AuthenticationError": lambda: MayNotTrade(why=f"{venue} refuses the key"),
        "AccountSuspended": lambda: MayNotTrade(why=f"{venue} has suspended the account"),
        "ExchangeError": lambda: VenueRefused(venue=venue, why=words, code=type(raised).__name__),
        # Refused at the door, before anything was done.
        "DDoSProtection": lambda: VenueBusy(venue=venue, wait_s=WAIT_S),
        "RateLimitExceeded": lambda: VenueBusy(venue=venue, wait_s=WAIT_S),
        "InvalidNonce": lambda: VenueAway(venue=venue, why="it refuses our clock"),
        "OnMaintenance": lambda: VenueAway(venue=venue, why="it is under maintenance"),
        # Everything else that failed on the way, there or back.
        "OperationFailed": lambda: VenueSilent(venue=venue),
    }
    for kind in type(raised).__mro__:
        if kind.__name__ in makers:
            error: ArenaError = makers[kind.__name__]()
            return error
    return VenueSilent(venue=venue)
