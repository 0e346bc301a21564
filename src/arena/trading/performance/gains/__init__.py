"""What an account has gained and lost: by day, by instrument, lot by lot, fees converted."""

from arena.trading.performance.gains.read import (
    Pnl,
    account_lots,
    charged,
    forget_walks,
    latest_charged,
    pnl,
)
from arena.trading.performance.gains.tables import days_csv, fills_csv, lots_csv
from arena.trading.performance.gains.walk import AssetFees, DayPnl, SymbolPnl, Traded

__all__ = [
    "AssetFees",
    "DayPnl",
    "Pnl",
    "SymbolPnl",
    "Traded",
    "account_lots",
    "charged",
    "days_csv",
    "fills_csv",
    "forget_walks",
    "latest_charged",
    "lots_csv",
    "pnl",
]
