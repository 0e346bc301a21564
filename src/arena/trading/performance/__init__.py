"""Equity curves net of fees, the metrics over them, and the leaderboard."""

from arena.trading.performance.leaderboard import leaderboard
from arena.trading.performance.mark import curve, mark, measure
from arena.trading.performance.metrics import metrics
from arena.trading.performance.model import Leaderboard, Mark, Metrics, Month, Ranked
from arena.trading.performance.returns import daily_returns
from arena.trading.performance.sharpe import Sharpe, sharpe

__all__ = [
    "Leaderboard",
    "Mark",
    "Metrics",
    "Month",
    "Ranked",
    "Sharpe",
    "curve",
    "daily_returns",
    "leaderboard",
    "mark",
    "measure",
    "metrics",
    "sharpe",
]
