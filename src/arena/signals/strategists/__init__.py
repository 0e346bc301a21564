"""Built-in rule strategies, each run for a feed by its own collective."""

from arena.signals.strategists.line_up import STRATEGISTS, line_up, scaled, strategist
from arena.signals.strategists.model import (
    History,
    NoSuchStrategy,
    Parameters,
    Post,
    Strategist,
    Target,
)

__all__ = [
    "STRATEGISTS",
    "History",
    "NoSuchStrategy",
    "Parameters",
    "Post",
    "Strategist",
    "Target",
    "line_up",
    "scaled",
    "strategist",
]
