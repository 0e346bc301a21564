"""What a strategist sees and says, and the port every built-in strategy implements."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from arena.kit.errors import NotFound

Parameters = Mapping[str, int]
"""Whole numbers only, so that the same document means the same on every machine. Windows are counted in
bars, shares and multiples in percent, as the names say."""

WEIGHT_PLACES = Decimal("0.0001")
CONFIDENCE_PLACES = Decimal("0.01")


class NoSuchStrategy(NotFound):
    """There is no built-in strategy {name}; there are {known}."""


@dataclass(frozen=True, slots=True)
class History:
    """The closed bars of one instrument, oldest first, ending at the time of the decision.

    There is nothing in it, and no way from it, to any later bar.
    """

    closes: tuple[float, ...]
    highs: tuple[float, ...]
    lows: tuple[float, ...]
    interval_s: int

    def __len__(self) -> int:
        return len(self.closes)


@dataclass(frozen=True, slots=True)
class Target:
    """What a strategist wants: a share of equity in [0, 1], why, and the prices that guard it.

    A target whose weight is the current one is not published. Prices are rounded to the tick later.
    """

    weight: Decimal
    confidence: Decimal
    rationale: str
    limit_price: float | None = None
    stop_price: float | None = None
    take_profit_price: float | None = None
    valid_bars: int = 4


class Strategist(Protocol):
    """A rule from bars to a target. Pure: the same history, parameters and weight give the same target."""

    @property
    def name(self) -> str: ...

    @property
    def about(self) -> str:
        """One sentence for people."""
        ...

    @property
    def defaults(self) -> Parameters:
        """Parameters for bars of fifteen minutes."""
        ...

    def indicators(self, parameters: Parameters) -> list[dict[str, Any]]:
        """What it computes from prices: the indicator set of its lineage."""
        ...

    def bars_needed(self, parameters: Parameters) -> int:
        """How many bars it looks back; with fewer it stays as it is."""
        ...

    def decide(self, history: History, parameters: Parameters, weight: Decimal) -> Target:
        """The target now, `weight` being the one it asked for last."""
        ...


@dataclass(frozen=True, slots=True)
class Post:
    """One place in the line-up: which collective runs which strategy on which instrument."""

    collective: str
    about: str
    strategy: str
    parameters: Parameters
    instrument: str
    feed_name: str

    @property
    def slug(self) -> str:
        return slug_of(self.collective)


@dataclass(frozen=True, slots=True)
class Employed:
    """A strategist at work, and where its feed stands. `weight` is its last target."""

    feed_id: str
    collective_id: str
    collective: str
    strategy: str
    parameters: Parameters
    instrument: str
    tick: Decimal
    lineage: Mapping[str, str]
    last_sequence: int
    last_hash: str
    weight: Decimal
    decided_at: datetime | None


def slug_of(name: str) -> str:
    return name.lower().replace(" ", "-")


def stay(weight: Decimal, why: str) -> Target:
    """No change."""
    return Target(weight, Decimal(0), why)


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
