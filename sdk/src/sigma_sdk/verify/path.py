"""A bar as a path of four points, and where on it an order is hit (record, sections 1 and 2)."""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from sigma_sdk.verify.terms import Bar, Resting

_END = Decimal(3)


@dataclass(frozen=True, slots=True)
class Hit:
    """Where and how an order is hit: at offset x, at the path's price, as maker or taker."""

    x: Decimal
    price: Decimal
    liquidity: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Path:
    """The way of the price through a bar."""

    open_ms: int
    interval_ms: int
    points: tuple[Decimal, Decimal, Decimal, Decimal]

    @classmethod
    def of(cls, bar: Bar, interval_ms: int) -> "Path":
        low_first = bar.open - bar.low <= bar.high - bar.open
        first, second = (bar.low, bar.high) if low_first else (bar.high, bar.low)
        return cls(bar.open_ms, interval_ms, (bar.open, first, second, bar.close))

    def start(self, effective_ms: int) -> Decimal:
        """The offset at which an order that takes effect then enters the bar; 3 or more: not in it."""
        if effective_ms <= self.open_ms:
            return Decimal(0)
        return Decimal(3 * (effective_ms - self.open_ms)) / Decimal(self.interval_ms)

    def price(self, x: Decimal) -> Decimal:
        i = min(int(x), 2)
        here, there = self.points[i], self.points[i + 1]
        return here + (there - here) * (x - i)

    def time(self, x: Decimal) -> int:
        passed = x * self.interval_ms / _END
        return self.open_ms + int(passed.to_integral_value(ROUND_FLOOR))

    def first_beyond(
        self, start: Decimal, level: Decimal, sign: int, *, strict: bool
    ) -> tuple[Decimal, Decimal] | None:
        """The first x at or after the start where the price is at the level or beyond it (strictly
        beyond it where `strict`), and the price there. Beyond is above for sign +1, below for -1."""

        def beyond(price: Decimal) -> bool:
            distance = (price - level) * sign
            return distance > 0 if strict else distance >= 0

        here = self.price(start)
        if beyond(here):
            return start, here
        for i in range(min(int(start), 2), 3):
            before, after = self.points[i], self.points[i + 1]
            if beyond(after):
                return max(start, i + (level - before) / (after - before)), level
        return None


def find_hit(path: Path, order: Resting, latency_ms: int) -> Hit | None:
    """Where the order is hit in this bar, if it is."""
    effective_ms = order.accepted_ms + latency_ms
    start = path.start(effective_ms)
    if start >= _END:
        return None
    found = _place(path, order, start)
    if found is None:
        return None
    x, price, liquidity = found
    at_ms = effective_ms if x == start and start > 0 else path.time(x)
    if order.expires_ms is not None and at_ms >= order.expires_ms:
        return None
    return Hit(x, price, liquidity, at_ms)


def _place(path: Path, order: Resting, start: Decimal) -> tuple[Decimal, Decimal, str] | None:
    here = path.price(start)
    if order.type == "market":
        return start, here, "taker"
    up = 1 if order.side == "sell" else -1
    if order.type == "limit":
        limit = _given(order.limit_price)
        if not order.met and (here - limit) * up >= 0:
            return start, here, "taker"
        through = path.first_beyond(start, limit, up, strict=True)
        return None if through is None else (through[0], limit, "maker")
    stop = _given(order.stop_price)
    way = up if order.type == "take_profit" else -up
    touched = path.first_beyond(start, stop, way, strict=False)
    return None if touched is None else (*touched, "taker")


def _given(price: Decimal | None) -> Decimal:
    if price is None:
        raise ValueError("an order of this type has a price")
    return price
