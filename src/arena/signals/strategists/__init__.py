"""Built-in rule strategies, each run for a feed by its own collective."""

from arena.signals.strategists.decide import decide
from arena.signals.strategists.employ import employ, key_of
from arena.signals.strategists.line_up import (
    STRATEGISTS,
    BuiltIn,
    code_version,
    line_up,
    scaled,
    strategist,
)
from arena.signals.strategists.model import Employed, NoSuchStrategy, Post
from arena.signals.strategists.reproduce import reproduce_for_ever, reproduce_next
from arena.signals.strategists.store import employed

__all__ = [
    "STRATEGISTS",
    "BuiltIn",
    "Employed",
    "NoSuchStrategy",
    "Post",
    "code_version",
    "decide",
    "employ",
    "employed",
    "key_of",
    "line_up",
    "reproduce_for_ever",
    "reproduce_next",
    "scaled",
    "strategist",
]
