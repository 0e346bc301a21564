"""How a record did in different weather: trend or range, high or low volatility; by day.

A day's weather is that of the thirty days that end with it: volatility is the deviation of the market's daily
returns, trend the efficiency ratio |sum of returns| / sum of |returns| (P. Kaufman, Trading systems and methods,
1995). Above the median of all days is high, or a trend. It describes; nothing is decided by it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from arena.signals.lab.bars import Floats
from arena.signals.lab.engine import Run, daily_returns
from arena.trading import performance

DAYS = 30
NAMES = ("trend", "range", "high volatility", "low volatility")


@dataclass(frozen=True, slots=True)
class Regime:
    """`share` of all days; `mean` daily net return of the strategy and of holding the instrument, fractions; `sharpe`
    annual, None where it is not defined."""

    name: str
    days: int
    share: float
    mean: float
    market_mean: float
    sharpe: float | None


def regimes(run: Run) -> list[Regime]:
    """The four kinds of days of the run; none for records of fewer than two months."""
    own = run.daily_returns()
    market = daily_returns(
        run.bars.open_ms, run.bars.interval_s, run.bars.closes, float(run.bars.opens[0])
    )
    if len(market) < 2 * DAYS:
        return []
    swing, direction = _weather(market)
    own, market = own[DAYS - 1 :], market[DAYS - 1 :]
    high, trend = swing > np.median(swing), direction > np.median(direction)
    return [
        _regime(name, days, own, market)
        for name, days in zip(NAMES, (trend, ~trend, high, ~high), strict=True)
    ]


def _weather(market: Floats) -> tuple[Floats, Floats]:
    """Volatility and efficiency of the thirty days that end with each day from the thirtieth on."""
    windows = np.lib.stride_tricks.sliding_window_view(market, DAYS)
    moved = np.abs(windows).sum(axis=1)
    efficiency = np.abs(windows.sum(axis=1)) / np.where(moved > 0, moved, 1.0)
    return windows.std(axis=1, ddof=1), efficiency


def _regime(name: str, days: NDArray[np.bool_], own: Floats, market: Floats) -> Regime:
    returns = own[days]
    count = int(days.sum())
    return Regime(
        name, count, count / len(days), float(returns.mean()) if count else 0.0,
        float(market[days].mean()) if count else 0.0, performance.sharpe(returns).value,
    )  # fmt: skip
