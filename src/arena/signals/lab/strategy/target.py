"""What a strategy answers: a target, rounded and worded alike everywhere."""

from decimal import Decimal
from typing import NamedTuple

import msgspec

WEIGHT_PLACES = Decimal("0.0001")
CONFIDENCE_PLACES = Decimal("0.01")


class Target(msgspec.Struct, frozen=True, gc=False):
    """What a strategy wants: a share of equity in [0, 1], why, and the prices that guard it.

    A target whose weight is the current one is not published. Prices are rounded to the tick later.
    """

    weight: Decimal
    confidence: Decimal
    rationale: str
    limit_price: float | None = None
    stop_price: float | None = None
    take_profit_price: float | None = None
    valid_bars: int = 4

    def prices(self, tick: Decimal) -> "Prices":
        """Its prices rounded down to the tick, none for one under a tick. A stop that is not below the profit is left
        out: both could not guard at once."""
        if self.limit_price is self.stop_price is self.take_profit_price is None:
            return _NO_PRICES
        limit = _on_tick(self.limit_price, tick)
        stop, profit = _on_tick(self.stop_price, tick), _on_tick(self.take_profit_price, tick)
        if stop is not None and profit is not None and stop >= profit:
            stop = None
        return Prices(limit, stop, profit)


def _on_tick(price: float | None, tick: Decimal) -> Decimal | None:
    return None if price is None else Decimal(repr(price)) // tick * tick or None


class Prices(NamedTuple):
    """On the tick, quote units; None where there is none."""

    limit: Decimal | None
    stop: Decimal | None
    take_profit: Decimal | None


_NO_PRICES = Prices(None, None, None)


def share(value: float) -> Decimal:
    """A weight in [0, 1], rounded to four decimals."""
    return Decimal(repr(min(max(value, 0.0), 1.0))).quantize(WEIGHT_PLACES)


def confidence(value: float) -> Decimal:
    """Between 0.05 and 0.95, rounded to two decimals: nobody here is certain."""
    return Decimal(repr(min(max(value, 0.05), 0.95))).quantize(CONFIDENCE_PLACES)


def words(price: float) -> str:
    """A price for people: two decimals, or more where it is small."""
    if abs(price) >= 10:
        return f"{price:,.2f}"
    return f"{price:.6g}"
