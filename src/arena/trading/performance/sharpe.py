"""The Sharpe ratio and how far it can be trusted. Pure.

s = mean / standard deviation (of the sample, T − 1) of T daily net returns; the annual one is s·√365, which
takes the days for uncorrelated; the interval below does not. The riskless rate is taken as zero.

Sampling error: Var(s) = [a − b·g3·s + c·(g4 − 1)/4·s²] / T with a = (1+r)/(1−r), b = 1 + r/(1−r) + r²/(1−r²),
c = 1 + 2r²/(1−r²), skew g3, kurtosis g4 (3 for a normal), lag-1 autocorrelation r. For r = 0: Mertens 2002,
Opdyke 2007; for g3 = 0, g4 = 3: Lo 2002 (Financial Analysts Journal 58:4); with r: Lopez de Prado, Lipton and
Zoonekynd 2025 (SSRN 5520741). r is shrunk by T/(T+100), as it is noisy on short tracks.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from arena.trading.performance.returns import Floats

PERIODS = 365
Z_95 = 1.959963984540054
DAYS_MIN = 10
"""Fewer daily returns than this give no interval: skew, kurtosis and autocorrelation would be noise."""
SD_MIN = 1e-12
"""A standard deviation below this is the dust of floating point, and counts as zero."""


@dataclass(frozen=True, slots=True)
class Sharpe:
    """Annual Sharpe ratio with its two-sided 95 % interval; None where not defined."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Moments:
    """What the sampling error of the ratio of `count` returns follows from; `ratio` is that of a period, not of a
    year, `kurtosis` is 3 for a normal, `memory` the lag-1 autocorrelation, shrunk."""

    count: int
    ratio: float
    skew: float
    kurtosis: float
    memory: float = 0.0

    def unit_variance(self, ratio: float) -> float:
        """T·Var(s) if the true ratio of a period were this one."""
        r = self.memory
        a = (1 + r) / (1 - r)
        b = 1 + r / (1 - r) + r**2 / (1 - r**2)
        c = 1 + 2 * r**2 / (1 - r**2)
        return a - b * self.skew * ratio + c * (self.kurtosis - 1) / 4 * ratio**2


def sharpe(returns: Floats) -> Sharpe:
    """The annual Sharpe ratio of daily returns, with its interval."""
    deviation = standard_deviation(returns)
    if deviation is None:
        return Sharpe(None)
    daily = float(returns.mean()) / deviation
    year = sqrt(PERIODS)
    variance = sampling_variance(returns, daily)
    if variance is None:
        return Sharpe(daily * year)
    reach = Z_95 * sqrt(variance)
    return Sharpe(daily * year, (daily - reach) * year, (daily + reach) * year)


def standard_deviation(returns: Floats) -> float | None:
    """Of the sample; None for fewer than two returns or no variance."""
    if len(returns) < 2:
        return None
    deviation = float(returns.std(ddof=1))
    return deviation if deviation >= SD_MIN else None


def sampling_variance(returns: Floats, daily: float) -> float | None:
    """Var(s) of the daily ratio; None for too short a history, or where the formula gives none above zero."""
    found = moments(returns)
    if found is None:
        return None
    variance = found.unit_variance(daily) / found.count
    return variance if variance > 0 else None


def moments(returns: Floats) -> Moments | None:
    """Of a record; None for fewer returns than `DAYS_MIN`, or where they do not vary."""
    count, deviation = len(returns), standard_deviation(returns)
    if count < DAYS_MIN or deviation is None:
        return None
    off = returns - returns.mean()
    spread = float(np.mean(off**2))
    return Moments(
        count,
        float(returns.mean()) / deviation,
        skew=float(np.mean(off**3)) / spread**1.5,
        kurtosis=float(np.mean(off**4)) / spread**2,
        memory=lag_one(returns),
    )


def lag_one(returns: Floats) -> float:
    """The autocorrelation from one day to the next, shrunk towards zero; the returns must vary."""
    off, count = returns - returns.mean(), len(returns)
    return float(np.sum(off[1:] * off[:-1]) / np.sum(off**2)) * count / (count + 100)
