"""Equity curves net of fees, the metrics over them, and the leaderboard."""

from arena.trading.performance.days import keep_days
from arena.trading.performance.flows import (
    Stretch,
    immune,
    immune_levels,
    stretches,
    time_weighted_return,
)
from arena.trading.performance.intervals import Interval, Intervals, intervals
from arena.trading.performance.leaderboard import (
    DAYS_MIN,
    last_board_at,
    leaderboard,
    leaderboards,
    outlines,
    records,
)
from arena.trading.performance.mark import curve, mark, mark_between, measure, midnights
from arena.trading.performance.metrics import metrics
from arena.trading.performance.model import (
    PERIODS_DAYS,
    BoardBusy,
    Leaderboard,
    Mark,
    Metrics,
    Month,
    Ranked,
    Sieve,
    VenueKind,
)
from arena.trading.performance.pnl import AssetFees, DayPnl, SymbolPnl, Traded
from arena.trading.performance.pnl_csv import days_csv, fills_csv, lots_csv
from arena.trading.performance.pnl_read import (
    Pnl,
    account_lots,
    charged,
    forget_walks,
    latest_charged,
    pnl,
)
from arena.trading.performance.returns import daily_returns
from arena.trading.performance.sharpe import Sharpe, sharpe
from arena.trading.performance.standing import Standing, standings
from arena.trading.performance.whose import seen_account

__all__ = [
    "DAYS_MIN",
    "PERIODS_DAYS",
    "AssetFees",
    "BoardBusy",
    "DayPnl",
    "Interval",
    "Intervals",
    "Leaderboard",
    "Mark",
    "Metrics",
    "Month",
    "Pnl",
    "Ranked",
    "Sharpe",
    "Sieve",
    "Standing",
    "Stretch",
    "SymbolPnl",
    "Traded",
    "VenueKind",
    "account_lots",
    "charged",
    "curve",
    "daily_returns",
    "days_csv",
    "fills_csv",
    "forget_walks",
    "immune",
    "immune_levels",
    "intervals",
    "keep_days",
    "last_board_at",
    "latest_charged",
    "leaderboard",
    "leaderboards",
    "lots_csv",
    "mark",
    "mark_between",
    "measure",
    "metrics",
    "midnights",
    "outlines",
    "pnl",
    "records",
    "seen_account",
    "sharpe",
    "standings",
    "stretches",
    "time_weighted_return",
]
