"""A bar as a path of prices, and where on it an order is hit (record.md, rules 1 and 2).

Decimal arithmetic is the caller's context.
"""

from datetime import datetime, timedelta
from decimal import Decimal

import msgspec

from arena.trading.market import Candle
from arena.trading.venues.bars.model import Ticket
from arena.trading.venues.model import Liquidity

START, END = Decimal(0), Decimal(3)
_MS = timedelta(milliseconds=1)
_TAKER: Liquidity = "taker"


class Hit(msgspec.Struct, frozen=True, gc=False):
    """Where a ticket is hit: offset on the path, price of the path there, time, and as what."""

    offset: Decimal
    price: Decimal
    at: datetime
    liquidity: Liquidity


class Path(msgspec.Struct, frozen=True, gc=False):
    """The four points of a bar. Prices in quote units; offsets run from 0 to 3 over the bar's time."""

    points: tuple[Decimal, Decimal, Decimal, Decimal]
    open_at: datetime
    interval_ms: int

    @classmethod
    def of(cls, bar: Candle, interval_s: int) -> "Path":
        opened, high, low = bar.open, bar.high, bar.low
        first, second = (low, high) if opened - low <= high - opened else (high, low)
        return cls((opened, first, second, bar.close), bar.open_at, interval_s * 1000)

    def start(self, effective_at: datetime) -> Decimal:
        """The start offset s of what takes effect then; 3 or more means not in this bar."""
        if effective_at <= self.open_at:
            return START
        return Decimal((effective_at - self.open_at) // _MS * 3) / self.interval_ms

    def price(self, offset: Decimal) -> Decimal:
        """p(x)."""
        i = min(int(offset), 2)
        begin = self.points[i]
        return begin + (self.points[i + 1] - begin) * (offset - i)

    def time(self, offset: Decimal) -> datetime:
        """T + x·D/3, rounded down to the millisecond."""
        return self.open_at + int(offset * self.interval_ms / 3) * _MS

    def first_at_or_beyond(
        self, level: Decimal, start: Decimal, *, falling: bool, through: bool
    ) -> tuple[Decimal, Decimal] | None:
        """The first offset from `start` on where the path is at the level or beyond it, and p there.

        `falling`: beyond is below. `through`: being at the level does not do, the path must go beyond.
        """
        if not _beyond((min if falling else max)(self.points), level, falling, through):
            return None  # most bars are far from what guards a position
        here = self.price(start)
        if _beyond(here, level, falling, through):
            return start, here
        for i in range(min(int(start), 2), 3):
            begin, end = self.points[i], self.points[i + 1]
            if _beyond(end, level, falling, through):
                return max(start, i + (level - begin) / (end - begin)), level
        return None


def find_hit(path: Path, ticket: Ticket, start: Decimal) -> Hit | None:
    """Where the bar first hits the ticket, which is in it from `start` on; None where it does not, or only at or after
    its expiry."""
    if ticket.type == "market":
        offset, price, liquidity = start, path.price(start), _TAKER
    else:
        where = _where(path, ticket, start)
        if where is None:
            return None
        offset, price, liquidity = where
    at = ticket.effective_at if offset == start and start > 0 else path.time(offset)
    if ticket.expires_at is not None and at >= ticket.expires_at:
        return None
    return Hit(offset, price, at, liquidity)


def _where(path: Path, ticket: Ticket, start: Decimal) -> tuple[Decimal, Decimal, Liquidity] | None:
    buys = ticket.side == "buy"
    if ticket.type == "limit":
        limit = ticket.limit_price
        assert limit is not None, "a limit ticket has a limit price"
        here = path.price(start)
        if ticket.seen_at is None and (here <= limit if buys else here >= limit):
            return start, here, "taker"
        through = path.first_at_or_beyond(limit, start, falling=buys, through=True)
        return None if through is None else (through[0], limit, "maker")
    stop = ticket.stop_price
    assert stop is not None, "a stop or take-profit ticket has a stop price"
    falling = (ticket.type == "stop_loss") is not buys
    touched = path.first_at_or_beyond(stop, start, falling=falling, through=False)
    return None if touched is None else (*touched, "taker")


def _beyond(price: Decimal, level: Decimal, falling: bool, through: bool) -> bool:
    if price == level:
        return not through
    return price < level if falling else price > level
