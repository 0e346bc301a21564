"""What a strategy is: a rule from what is known at the close of a bar to a target.

A strategy names the indicators it reads and decides bar by bar (`on_bar`). Where its decisions depend on the past
only through whether it is in, it may also say them all at once (`plan`): a sweep then runs a hundred times as fast,
and the tests of the Lab hold both to the same decisions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol, runtime_checkable

import numpy as np

from arena.kit.errors import Refused
from arena.signals.lab.bars import Bars, Floats
from arena.signals.lab.indicators import Indicator

Parameters = Mapping[str, int]
"""Whole numbers only, so that the same document means the same on every machine. Windows are counted in
bars, shares and multiples in percent, as the names say."""

WEIGHT_PLACES = Decimal("0.0001")
CONFIDENCE_PLACES = Decimal("0.01")


class BadParameters(Refused):
    """{strategy} cannot run with {name} = {value}: {why}."""


@dataclass(frozen=True, slots=True)
class Range:
    """What a parameter may be, both ends included, and what it is where nothing is said."""

    default: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Target:
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


class Values(Protocol):
    """Numbers by bar, the newest at -1."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> float: ...


class View:
    """What is known at the close of a bar, oldest first: lists that end there. Nothing later exists in it.

    `view["fast"]` is an indicator under the name the strategy gave it. Strategies read these lists and leave them as
    they are; `close_ms` is the time of the decision, UTC milliseconds.
    """

    __slots__ = ("_series", "close_ms", "closes", "highs", "interval_s", "lows", "opens", "volumes")

    def __init__(self, interval_s: int) -> None:
        self.interval_s = interval_s
        self.close_ms = 0
        self.opens: list[float] = []
        self.highs: list[float] = []
        self.lows: list[float] = []
        self.closes: list[float] = []
        self.volumes: list[float] = []
        self._series: Mapping[str, Values] = {}

    def read(self, series: Mapping[str, Values]) -> None:
        """Takes these as its indicators."""
        self._series = series

    def __getitem__(self, name: str) -> Values:
        return self._series[name]

    def __len__(self) -> int:
        return len(self.closes)


@dataclass(frozen=True, slots=True)
class Table:
    """All bars and indicators at once, as arrays of one length: what `plan` reads. Where an indicator has too few
    bars yet it is NaN, and comparisons with it are false."""

    bars: Bars
    series: Mapping[str, Floats]

    @property
    def closes(self) -> Floats:
        return self.bars.closes

    @property
    def highs(self) -> Floats:
        return self.bars.highs

    @property
    def lows(self) -> Floats:
        return self.bars.lows

    def __getitem__(self, name: str) -> Floats:
        return self.series[name]


@dataclass(frozen=True, slots=True)
class Plan:
    """All decisions at once, arrays by bar. `enter` is the weight wanted at the bar's close while the last target is
    zero, `hold` while it is above zero; NaN changes nothing. Prices go with an entry at their bar, NaN for none."""

    enter: Floats
    hold: Floats
    limit_prices: Floats | None = None
    stop_prices: Floats | None = None
    take_profit_prices: Floats | None = None
    valid_bars: int = 4
    band_pct: int = 0
    """While in, a change of weight by less of the equity is not asked for, unless it is to zero."""


@runtime_checkable
class Strategy(Protocol):
    """Pure: the same view, parameters and weight give the same target, on every machine."""

    @property
    def name(self) -> str: ...

    @property
    def about(self) -> str:
        """One sentence for people."""
        ...

    @property
    def ranges(self) -> Mapping[str, Range]:
        """Its parameters."""
        ...

    def indicators(self, parameters: Parameters) -> Mapping[str, Indicator]:
        """The indicators it reads, by the name it reads them under. It is not asked before all of them have a value."""
        ...

    def on_bar(self, view: View, parameters: Parameters, weight: Decimal) -> Target | None:
        """The target at the close of the bar the view ends with, `weight` being the one it asked for last; None
        where nothing changes."""
        ...


@runtime_checkable
class Planned(Protocol):
    """A strategy that can say all its decisions at once; the same as bar by bar."""

    def plan(self, table: Table, parameters: Parameters) -> Plan: ...


def complete(strategy: Strategy, given: Mapping[str, int]) -> dict[str, int]:
    """The parameters with defaults where none is given. Raises BadParameters for unknown names and for values out of
    range."""
    for name, value in given.items():
        if name not in strategy.ranges:
            known = ", ".join(strategy.ranges)
            raise BadParameters(
                strategy=strategy.name, name=name, value=value, why=f"it has only {known}"
            )
        allowed = strategy.ranges[name]
        if type(value) is not int or not allowed.low <= value <= allowed.high:
            raise BadParameters(
                strategy=strategy.name, name=name, value=value,
                why=f"it takes whole numbers from {allowed.low} to {allowed.high}",
            )  # fmt: skip
    return {name: given.get(name, allowed.default) for name, allowed in strategy.ranges.items()}


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


def before(values: Floats) -> Floats:
    """Each bar's value one bar ago, NaN for the first: `view["top"][-2]` for all bars."""
    return np.concatenate(([np.nan], values[:-1]))


def nothing(count: int) -> Floats:
    """An array of NaN: no change at any bar."""
    return np.full(count, np.nan)
