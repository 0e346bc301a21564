"""What a strategy is: a rule from what is known at the close of a bar to a target."""

from arena.signals.lab.strategy.port import (
    BadParameters,
    NoPlan,
    Parameters,
    Planned,
    Range,
    Strategy,
    complete,
    plan_of,
)
from arena.signals.lab.strategy.target import (
    CONFIDENCE_PLACES,
    WEIGHT_PLACES,
    Target,
    confidence,
    share,
    words,
)
from arena.signals.lab.strategy.view import Plan, Table, Values, View, before, nothing

__all__ = [
    "CONFIDENCE_PLACES",
    "WEIGHT_PLACES",
    "BadParameters",
    "NoPlan",
    "Parameters",
    "Plan",
    "Planned",
    "Range",
    "Strategy",
    "Table",
    "Target",
    "Values",
    "View",
    "before",
    "complete",
    "confidence",
    "nothing",
    "plan_of",
    "share",
    "words",
]
