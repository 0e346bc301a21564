"""Two records over the same days, day against day: what a different span or a luckier month cannot decide. Pure.

Daily returns of both accounts are paired by day; only whole days count that both were open for. Under `DAYS_MIN` of
them nothing is said about who leads. All annual figures count 365 days; intervals are two-sided, 95 %.

- Difference of returns: mean of r_a - r_b over the days, times 365, with the standard error of that mean, widened by
  √((1+ρ)/(1−ρ)) for its lag-1 autocorrelation ρ, which is shrunk as for the Sharpe ratio. Pairing removes what both
  records share: the market of those days.
- Difference of Sharpe ratios: each day's influence on a ratio is z − SR·(z² − 1)/2 with z = (r − mean) / deviation
  (delta method on mean and variance). The difference of both influences has the standard error of the difference; so
  fat tails, skew and the correlation of the two are in it. Ledoit and Wolf 2008, Robust performance hypothesis testing
  with the Sharpe ratio, Journal of Empirical Finance 15:850-859; autocorrelation as above.
- One leads where the whole interval of the difference of Sharpe ratios lies on its side of zero: by return alone
  whoever risks more would.
"""

from dataclasses import dataclass
from datetime import datetime
from math import sqrt
from typing import Literal

import numpy as np

from arena.trading.performance.curves import Curve
from arena.trading.performance.days import midnight_of
from arena.trading.performance.returns import Floats
from arena.trading.performance.sharpe import (
    PERIODS,
    SD_MIN,
    Z_95,
    Sharpe,
    lag_one,
    sharpe,
    standard_deviation,
)

DAYS_MIN = 30


@dataclass(frozen=True, slots=True)
class Difference:
    """The first's figure minus the second's, and its interval; None where not defined."""

    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two over the days both share. Fractions; `levels` begin at 1, then one a day."""

    total_return: float
    volatility: float | None
    sharpe: Sharpe
    max_drawdown: float
    levels: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """`since` is the midnight both are measured from, None where they share no day. `leads` is None where they cannot
    be told apart, or share too few days."""

    days: int
    since: datetime | None
    until: datetime | None
    first: Side | None
    second: Side | None
    correlation: float | None = None
    sharpe: Difference = Difference()
    annual_return: Difference = Difference()
    leads: Literal["first", "second"] | None = None


def pair_of(one: Curve, other: Curve) -> Pair:
    """The two compared over the days both have; each curve is one of midnights."""
    begins, ends = zip(*(_span(curve) for curve in (one, other)), strict=True)
    begin, end = max(begins), min(ends)
    count = end - begin + 1
    if count < 1:
        return Pair(0, None, None, None, None)
    a, b = (_between(curve, begin, end) for curve in (one, other))
    by_sharpe = sharpe_difference(a, b)
    leads: Literal["first", "second"] | None = None
    if count >= DAYS_MIN and by_sharpe.low is not None and by_sharpe.high is not None:
        leads = "first" if by_sharpe.low > 0 else "second" if by_sharpe.high < 0 else None
    return Pair(
        count, midnight_of(begin - 1), midnight_of(end), _side(a), _side(b), _correlation(a, b),
        by_sharpe, return_difference(a, b), leads,
    )  # fmt: skip


def return_difference(a: Floats, b: Floats) -> Difference:
    """Of the annual mean returns of paired days."""
    off = a - b
    value = float(off.mean()) * PERIODS
    error = _error_of_mean(off)
    if error is None:
        return Difference(value)
    reach = Z_95 * error * PERIODS
    return Difference(value, value - reach, value + reach)


def sharpe_difference(a: Floats, b: Floats) -> Difference:
    """Of the annual Sharpe ratios of paired days; not defined where one of them never moves."""
    first, second = sharpe(a).value, sharpe(b).value
    if first is None or second is None:
        return Difference()
    value = first - second
    error = _error_of_mean(_influence(a) - _influence(b))
    if error is None:
        return Difference(value)
    reach = Z_95 * error * sqrt(PERIODS)
    return Difference(value, value - reach, value + reach)


def _influence(daily: Floats) -> Floats:
    """Of each day on the daily ratio."""
    z = (daily - daily.mean()) / daily.std(ddof=1)
    ratio = float(daily.mean() / daily.std(ddof=1))
    out: Floats = z - ratio * (z**2 - 1) / 2
    return out


def _error_of_mean(values: Floats) -> float | None:
    """The standard error; None for too few values, or where they are all the same."""
    if len(values) < DAYS_MIN or float(values.std(ddof=1)) < SD_MIN:
        return None
    memory = lag_one(values)
    spread = float(values.std(ddof=1)) / sqrt(len(values))
    return spread * sqrt((1 + memory) / (1 - memory))


def _span(curve: Curve) -> tuple[int, int]:
    """The first and the last whole day, as the midnights that end them."""
    begin = curve.first if curve.whole else curve.first + 1
    return begin, curve.first + len(curve.levels) - 2


def _between(curve: Curve, begin: int, end: int) -> Floats:
    """Its returns of the days that end at these midnights."""
    return curve.returns[begin - curve.first : end - curve.first + 1]


def _side(daily: Floats) -> Side:
    levels = np.concatenate(([1.0], np.cumprod(1.0 + daily)))
    deviation = standard_deviation(daily)
    fall = 1.0 - levels / np.maximum.accumulate(levels)
    return Side(
        float(levels[-1] - 1), None if deviation is None else deviation * sqrt(PERIODS), sharpe(daily),
        float(fall.max()), tuple(levels.tolist()),
    )  # fmt: skip


def _correlation(a: Floats, b: Floats) -> float | None:
    if standard_deviation(a) is None or standard_deviation(b) is None:
        return None
    return float(np.corrcoef(a, b)[0, 1])
