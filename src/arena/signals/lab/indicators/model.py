"""What an indicator is: a name of the catalogue, whole-number parameters, and which of its series is meant."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from arena.kit.errors import Refused

Parameters = Mapping[str, int]
MINUTE_S = 60
QUIET = 1e-10
"""Of the close: what moved less than this over a window has not moved, however it got there."""


class BadIndicator(Refused):
    """The indicator {name} cannot be computed: {why}. The indicators reference lists every name, parameter and
    output."""


@dataclass(frozen=True, slots=True)
class Range:
    """What a parameter may be, both ends included; `default` is the customary value. `unit` is bars or percent."""

    default: int
    low: int
    high: int
    unit: str = "bars"


@dataclass(frozen=True, slots=True)
class Indicator:
    """An indicator as a model reads it. `output` picks one of its series; empty means the first.

    Two are equal, and hash alike, where name, parameters and output are.
    """

    name: str
    parameters: Parameters
    output: str = ""

    def __post_init__(self) -> None:
        # A copy of its own, so that nobody changes it from outside.
        object.__setattr__(self, "parameters", dict(self.parameters))

    def __hash__(self) -> int:
        return hash((self.name, frozenset(self.parameters.items()), self.output))


@dataclass(frozen=True, slots=True)
class Spec:
    """One entry of the catalogue.

    `formula` is plain text in which x[t] is the value at bar t. `starts` and `remembers` are what `warm_up` and
    `memory` ask.
    """

    name: str
    title: str
    about: str
    formula: str
    source: str
    parameters: Mapping[str, Range]
    outputs: tuple[str, ...]
    starts: Callable[[Parameters], int]
    remembers: Callable[[Parameters, int], int]

    def warm_up(self, parameters: Parameters) -> int:
        """How many bars at the beginning have no value yet (NaN); from the next one on every bar has one."""
        return self.starts(parameters)

    def memory(self, parameters: Parameters, interval_s: int = MINUTE_S) -> int:
        """How many bars a value rests on: computed from that many last bars it is the value of the whole history.

        Windows give the same value but for rounding. What is smoothed by recursion never forgets wholly: after this
        many bars what came before weighs less than 1e-15 beside the moves of its time, so that values agree within
        1e-9 unless the market moves a million times less than it did then. The bar interval matters only where a
        day is looked at.
        """
        return self.remembers(parameters, interval_s)

    def defaults(self) -> dict[str, int]:
        """The customary parameters."""
        return {name: allowed.default for name, allowed in self.parameters.items()}
