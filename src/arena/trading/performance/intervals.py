"""How far the figures of a record can be trusted: two-sided 95 % intervals. Pure.

Each rests on the T daily net returns of `returns.py`, contains its figure, and is None where the record is too
short (`DAYS_MIN` returns), as `sharpe.py` has it for the Sharpe ratio.

- Annualised return: growth is exponential, so the interval is symmetric in logs. With s the standard deviation of
  the daily ln(1 + r), the log growth of a year has the standard error s·√365·√(365/T), widened by √((1+ρ)/(1−ρ)) for
  the lag-1 autocorrelation ρ, which is shrunk as for the Sharpe ratio; then (1 + cagr)·exp(∓z·error) − 1. Central
  limit theorem for the mean log return; Campbell, Lo and MacKinlay 1997, The Econometrics of Financial Markets,
  sections 1.4 and 2.4 (variance ratios of autocorrelated returns).
- Volatility: Bonett 2006, Approximate confidence interval for standard deviation of nonnormal distributions,
  Computational Statistics & Data Analysis 50:775-782, which asks for no normal returns: fat tails widen it. It takes
  the squares of the days for uncorrelated; volatility that comes in clusters would widen it further.
- Share of winning days: the score interval of Wilson 1927, Journal of the American Statistical Association
  22:209-212, over the days that moved. It stays within 0 and 1 and does not collapse at either.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, isfinite, log1p, sqrt

import numpy as np

from arena.trading.performance.returns import Floats
from arena.trading.performance.sharpe import DAYS_MIN, PERIODS, SD_MIN, Z_95, lag_one

GROWTH_MAX = 700.0  # e to the power of more is no number


@dataclass(frozen=True, slots=True)
class Interval:
    """Where the true value lies, 19 times in 20; both ends included."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Intervals:
    """Those of one record, None where not defined."""

    cagr: Interval | None
    volatility: Interval | None
    hit_rate: Interval | None


def intervals(daily: Sequence[float] | Floats, *, cagr: float | None) -> Intervals:
    """Of a record with these daily returns and this annualised return (which counts days of part, too)."""
    returns = np.asarray(daily, dtype=np.float64)
    moved = returns[returns != 0.0]
    return Intervals(
        cagr=None if cagr is None else growth(returns, cagr),
        volatility=volatility(returns),
        hit_rate=wilson(int(np.sum(moved > 0)), len(moved)),
    )


def growth(daily: Floats, cagr: float) -> Interval | None:
    """Around the annualised return `cagr`."""
    if len(daily) < DAYS_MIN or cagr <= -1 or float(daily.min()) <= -1:
        return None
    logs = np.log1p(daily)
    deviation = float(logs.std(ddof=1))
    if deviation < SD_MIN:
        return None
    memory = lag_one(logs)
    error = deviation * PERIODS / sqrt(len(daily)) * sqrt((1 + memory) / (1 - memory))
    centre, reach = log1p(cagr), Z_95 * error
    if not isfinite(centre) or centre + reach > GROWTH_MAX:
        return None
    # The figure itself bounds them: what rounding does must not push it out.
    return Interval(min(exp(centre - reach) - 1, cagr), max(exp(centre + reach) - 1, cagr))


def volatility(daily: Floats) -> Interval | None:
    """Around the annualised standard deviation of the daily returns; Bonett's notation."""
    n = len(daily)
    if n < DAYS_MIN:
        return None
    off = daily - daily.mean()
    squares = float(np.sum(off**2))
    s = sqrt(squares / (n - 1))
    if s < SD_MIN:
        return None
    m = _trimmed_mean(daily, 1 / (2 * sqrt(n - 4)))
    kurtosis = n * float(np.sum((daily - m) ** 4)) / squares**2
    c = n / (n - Z_95)
    error = c * sqrt((kurtosis - (n - 3) / n) / (n - 1))
    low, high = (sqrt(c * exp(side * Z_95 * error)) * s for side in (-1, 1))
    year = sqrt(PERIODS)
    return Interval(low * year, high * year)


def wilson(successes: int, trials: int) -> Interval | None:
    """Of a share of successes."""
    if trials < DAYS_MIN:
        return None
    share, z2 = successes / trials, Z_95**2
    whole = 1 + z2 / trials
    centre = (share + z2 / (2 * trials)) / whole
    reach = Z_95 / whole * sqrt(share * (1 - share) / trials + z2 / (4 * trials**2))
    return Interval(min(max(centre - reach, 0.0), share), max(min(centre + reach, 1.0), share))


def _trimmed_mean(values: Floats, share: float) -> float:
    """The mean without that share of the values at each end."""
    cut = int(share * len(values))
    kept = np.sort(values)[cut : len(values) - cut]
    return float(kept.mean())
