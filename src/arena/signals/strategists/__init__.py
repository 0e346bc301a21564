"""Built-in rule strategies, each run for a feed by its own collective."""

from arena.signals.strategists.ask_sweep import (
    SweepsOff,
    TooManyWaiting,
    Wish,
    ask_sweep,
    configurations_of,
)
from arena.signals.strategists.candles_here import (
    CandlesHere,
    NoSuchCandles,
    bars_here,
    candles_here,
)
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
from arena.signals.strategists.run_sweep import run_next_sweep, sweep_for_ever
from arena.signals.strategists.store import employed

__all__ = [
    "STRATEGISTS",
    "BuiltIn",
    "CandlesHere",
    "Employed",
    "NoSuchCandles",
    "NoSuchStrategy",
    "Post",
    "SweepsOff",
    "TooManyWaiting",
    "Wish",
    "ask_sweep",
    "bars_here",
    "candles_here",
    "code_version",
    "configurations_of",
    "decide",
    "employ",
    "employed",
    "key_of",
    "line_up",
    "reproduce_for_ever",
    "reproduce_next",
    "run_next_sweep",
    "scaled",
    "strategist",
    "sweep_for_ever",
]
