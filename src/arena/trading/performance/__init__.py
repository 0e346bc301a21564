"""Equity curves net of fees, the metrics over them, and the leaderboard."""

from arena.trading.performance.intervals import Interval, Intervals, intervals
from arena.trading.performance.leaderboard import leaderboard, outlines, records
from arena.trading.performance.mark import curve, mark, measure, midnights
from arena.trading.performance.metrics import metrics
from arena.trading.performance.model import Leaderboard, Mark, Metrics, Month, Ranked
from arena.trading.performance.returns import daily_returns
from arena.trading.performance.sharpe import Sharpe, sharpe

__all__ = [
    "Interval",
    "Intervals",
    "Leaderboard",
    "Mark",
    "Metrics",
    "Month",
    "Ranked",
    "Sharpe",
    "curve",
    "daily_returns",
    "intervals",
    "leaderboard",
    "mark",
    "measure",
    "metrics",
    "midnights",
    "outlines",
    "records",
    "sharpe",
]
