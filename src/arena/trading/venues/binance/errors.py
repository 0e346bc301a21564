"""What Binance answers when it does not do as asked, in our words. What matters is whether it may have acted."""

from dataclasses import dataclass

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

VENUE = "binance"
CLOCK = -1021
TOO_MANY = (-1003, -1015)
BUSY = -1008
NOBODY_KNOWS = (-1000, -1001, -1006, -1007)
NO_SUCH_SYMBOL = -1121
NO_SUCH_ORDER = (-2013, -2011)
BAD_KEY = (-1022, -2008, -2014, -2015, -1002)
DUPLICATE = "Duplicate order sent."


@dataclass(frozen=True, slots=True)
class Complaint:
    """An answer that is no success. `code` is 0 where the body had none."""

    status: int
    code: int
    message: str

    @property
    def duplicate(self) -> bool:
        return self.code == -2010 and self.message == DUPLICATE


def error_of(complaint: Complaint, *, symbol: str, wanted: str, retry_after_s: int) -> ArenaError:
    """`wanted` is the order that was spoken of, for the error's words; `retry_after_s` is the header's."""
    code, message = complaint.code, complaint.message
    if complaint.status in (418, 429) or code in TOO_MANY:
        return VenueBusy(venue=VENUE, wait_s=retry_after_s)
    if code == BUSY:
        return VenueAway(venue=VENUE, why=message)
    if code in NOBODY_KNOWS or complaint.status >= 500:
        return VenueSilent(venue=VENUE)
    if code in NO_SUCH_ORDER:
        return UnknownOrder(which=wanted)
    if code == NO_SUCH_SYMBOL:
        return UnknownInstrument(symbol=symbol)
    if code in BAD_KEY:
        return MayNotTrade(why=f"{VENUE} refuses the key: {message}")
    if code == -2010:
        return _refused_order(message, symbol)
    if -1199 <= code <= -1100:
        return BadOrderRequest(why=f"{VENUE}: {message}")
    if complaint.status == 403 and code == 0:
        return VenueAway(venue=VENUE, why="its firewall refuses the request")
    return VenueRefused(venue=VENUE, why=message or f"status {complaint.status}", code=code)


def _refused_order(message: str, symbol: str) -> ArenaError:
    if message == "Order would immediately match and take.":
        return WouldTake()
    if message == "Market is closed.":
        return MarketClosed(symbol=symbol)
    if message.startswith("This account may not place or cancel orders"):
        return MayNotTrade(why=f"{VENUE} says so")
    return VenueRefused(venue=VENUE, why=message, code=-2010)
