"""Walk-forward tests, and what there is to know of a record: figures, regimes, capacity."""

from arena.signals.lab.walk.capacity import Size, capacity, capacity_curve
from arena.signals.lab.walk.figures import figures, fills, marks
from arena.signals.lab.walk.regimes import Regime, regimes
from arena.signals.lab.walk.scheduled import Scheduled, Stretch
from arena.signals.lab.walk.walk_forward import (
    FREE,
    Leg,
    NothingToTry,
    Objective,
    Terms,
    Walked,
    walk_forward,
)
from arena.signals.lab.walk.windows import BadWindows, Cut, Window, windows_of

__all__ = [
    "FREE",
    "BadWindows",
    "Cut",
    "Leg",
    "NothingToTry",
    "Objective",
    "Regime",
    "Scheduled",
    "Size",
    "Stretch",
    "Terms",
    "Walked",
    "Window",
    "capacity",
    "capacity_curve",
    "figures",
    "fills",
    "marks",
    "regimes",
    "walk_forward",
    "windows_of",
]
