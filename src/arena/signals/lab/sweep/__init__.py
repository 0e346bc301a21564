"""Many configurations of a strategy tried on the same bars: by a grid, at random, or led by what came before."""

from arena.signals.lab.sweep.files import results
from arena.signals.lab.sweep.model import (
    BadSpace,
    BadStudy,
    Configurations,
    FolderBusy,
    NoCluster,
    NoStudy,
    OtherStudy,
    OutOfReach,
    Progress,
    TooManyConfigurations,
)
from arena.signals.lab.sweep.run import sweep
from arena.signals.lab.sweep.space import Space, grid, random
from arena.signals.lab.sweep.study import Study

__all__ = [
    "BadSpace",
    "BadStudy",
    "Configurations",
    "FolderBusy",
    "NoCluster",
    "NoStudy",
    "OtherStudy",
    "OutOfReach",
    "Progress",
    "Space",
    "Study",
    "TooManyConfigurations",
    "grid",
    "random",
    "results",
    "sweep",
]
