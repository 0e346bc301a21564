"""Built-in rule strategies, each run for a feed by its own collective."""

from arena.signals.strategists.decide import decide
from arena.signals.strategists.employ import employ, key_of
from arena.signals.strategists.line_up import STRATEGISTS, line_up, scaled, strategist
from arena.signals.strategists.model import (
    Employed,
    History,
    NoSuchStrategy,
    Parameters,
    Post,
    Strategist,
    Target,
)
from arena.signals.strategists.store import employed

__all__ = [
    "STRATEGISTS",
    "Employed",
    "History",
    "NoSuchStrategy",
    "Parameters",
    "Post",
    "Strategist",
    "Target",
    "decide",
    "employ",
    "employed",
    "key_of",
    "line_up",
    "scaled",
    "strategist",
]
