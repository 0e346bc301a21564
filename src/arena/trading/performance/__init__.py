"""Equity curves net of fees, the metrics over them, and the leaderboard."""

from arena.trading.performance.intervals import Interval, Intervals, intervals
from arena.trading.performance.leaderboard import (
    DAYS_MIN,
    last_board_at,
    leaderboard,
    outlines,
    records,
)
from arena.trading.performance.mark import curve, mark, measure, midnights
from arena.trading.performance.metrics import metrics
from arena.trading.performance.model import BoardBusy, Leaderboard, Mark, Metrics, Month, Ranked
from arena.trading.performance.returns import daily_returns
from arena.trading.performance.sharpe import Sharpe, sharpe
from arena.trading.performance.standing import Standing, standings

__all__ = [
    "DAYS_MIN",
    "BoardBusy",
    "Interval",
    "Intervals",
    "Leaderboard",
    "Mark",
    "Metrics",
    "Month",
    "Ranked",
    "Sharpe",
    "Standing",
    "curve",
    "daily_returns",
    "intervals",
    "last_board_at",
    "leaderboard",
    "mark",
    "measure",
    "metrics",
    "midnights",
    "outlines",
    "records",
    "sharpe",
    "standings",
]
