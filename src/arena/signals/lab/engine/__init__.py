"""Two engines that must agree: by bar, in decimals; and all at once, in whole numbers."""

from arena.signals.lab.engine.event import ready, run_by_bar
from arena.signals.lab.engine.planned import Folds, Machine
from arena.signals.lab.engine.run import Run, Trade, daily_returns, day_ends

__all__ = [
    "Folds",
    "Machine",
    "Run",
    "Trade",
    "daily_returns",
    "day_ends",
    "ready",
    "run_by_bar",
]
