"""What a strategy sees: bar by bar, or all bars at once; and how it says all its decisions at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from arena.signals.lab.bars import Bars, Floats


class Values(Protocol):
    """Numbers by bar, the newest at -1."""

    def __len__(self) -> int: ...

    def __getitem__(self, index: int, /) -> float: ...


class View(dict[str, Values]):
    """What is known at the close of a bar, oldest first: lists that end there. Nothing later exists in it.

    `view["fast"]` is an indicator under the name the strategy gave it. Strategies read these lists and leave them as
    they are; `close_ms` is the time of the decision, UTC milliseconds. Its length is the number of bars.
    """

    __slots__ = ("close_ms", "closes", "highs", "interval_s", "lows", "opens", "volumes")

    def __init__(self, interval_s: int) -> None:
        self.interval_s = interval_s
        self.close_ms = 0
        self.opens: list[float] = []
        self.highs: list[float] = []
        self.lows: list[float] = []
        self.closes: list[float] = []
        self.volumes: list[float] = []

    def read(self, series: Mapping[str, Values]) -> None:
        """Takes these as its indicators."""
        self.clear()
        self.update(series)

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


def before(values: Floats) -> Floats:
    """Each bar's value one bar ago, NaN for the first: `view["top"][-2]` for all bars."""
    return np.concatenate(([np.nan], values[:-1]))


def nothing(count: int) -> Floats:
    """An array of NaN: no change at any bar."""
    return np.full(count, np.nan)
