"""Many configurations of a strategy tried on the same bars: by a grid, at random, or led by what came before."""

from arena.signals.lab.sweep.files import finished, kept_daily, results
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
from arena.signals.lab.sweep.optimise import BATCH, Goal, optimise, whole_batches
from arena.signals.lab.sweep.plots import heat_map_png, heat_map_svg, stability_png, stability_svg
from arena.signals.lab.sweep.run import sweep
from arena.signals.lab.sweep.space import Space, grid, random
from arena.signals.lab.sweep.stability import across, along, neighbours_median, varied
from arena.signals.lab.sweep.study import Study
from arena.signals.lab.sweep.summary import map_frame, summary_of

__all__ = [
    "BATCH",
    "BadSpace",
    "BadStudy",
    "Configurations",
    "FolderBusy",
    "Goal",
    "NoCluster",
    "NoStudy",
    "OtherStudy",
    "OutOfReach",
    "Progress",
    "Space",
    "Study",
    "TooManyConfigurations",
    "across",
    "along",
    "finished",
    "grid",
    "heat_map_png",
    "heat_map_svg",
    "kept_daily",
    "map_frame",
    "neighbours_median",
    "optimise",
    "random",
    "results",
    "stability_png",
    "stability_svg",
    "summary_of",
    "sweep",
    "varied",
    "whole_batches",
]
