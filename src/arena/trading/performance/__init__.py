"""Equity curves net of fees, the metrics over them, and the leaderboard."""

from arena.trading.performance.boards import RankedView
from arena.trading.performance.compare import Comparison, SameAccount, compare
from arena.trading.performance.days import keep_days
from arena.trading.performance.flows import (
    Stretch,
    immune,
    immune_levels,
    stretches,
    time_weighted_return,
)
from arena.trading.performance.gains import (
    AssetFees,
    DayPnl,
    Pnl,
    SymbolPnl,
    Traded,
    account_lots,
    charged,
    days_csv,
    fills_csv,
    forget_walks,
    latest_charged,
    lots_csv,
    pnl,
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
from arena.trading.performance.pairs import Difference, Pair, Side
from arena.trading.performance.returns import daily_returns
from arena.trading.performance.season_acts import (
    DAYS_MAX as SEASON_DAYS_MAX,
)
from arena.trading.performance.season_acts import (
    freeze_seasons,
    open_season,
    season,
    season_document,
    season_standings,
    seasons,
    withdraw_season,
)
from arena.trading.performance.season_terms import (
    NewSeason,
    NoSuchSeason,
    Season,
    SeasonMoved,
    SeasonNameTaken,
    SeasonNotFrozen,
    SeasonSpanRefused,
    SeasonStatus,
    Standings,
)
from arena.trading.performance.sharpe import Moments, Sharpe, moments, sharpe, standard_deviation
from arena.trading.performance.standing import Standing, standings
from arena.trading.performance.whose import seen_account
from arena.trading.performance.worth import worth_at

__all__ = [
    "DAYS_MIN",
    "PERIODS_DAYS",
    "SEASON_DAYS_MAX",
    "AssetFees",
    "BoardBusy",
    "Comparison",
    "DayPnl",
    "Difference",
    "Interval",
    "Intervals",
    "Leaderboard",
    "Mark",
    "Metrics",
    "Moments",
    "Month",
    "NewSeason",
    "NoSuchSeason",
    "Pair",
    "Pnl",
    "Ranked",
    "RankedView",
    "SameAccount",
    "Season",
    "SeasonMoved",
    "SeasonNameTaken",
    "SeasonNotFrozen",
    "SeasonSpanRefused",
    "SeasonStatus",
    "Sharpe",
    "Side",
    "Sieve",
    "Standing",
    "Standings",
    "Stretch",
    "SymbolPnl",
    "Traded",
    "VenueKind",
    "account_lots",
    "charged",
    "compare",
    "curve",
    "daily_returns",
    "days_csv",
    "fills_csv",
    "forget_walks",
    "freeze_seasons",
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
    "moments",
    "open_season",
    "outlines",
    "pnl",
    "records",
    "season",
    "season_document",
    "season_standings",
    "seasons",
    "seen_account",
    "sharpe",
    "standard_deviation",
    "standings",
    "stretches",
    "time_weighted_return",
    "withdraw_season",
    "worth_at",
]
