"""What a strategy is: a rule from what is known at the close of a bar to a target.

A strategy names the indicators it reads and decides bar by bar (`on_bar`). Where its decisions depend on the past
only through whether it is in, it may also say them all at once (`plan`): a sweep then runs a hundred times as fast,
and the tests of the Lab hold both to the same decisions.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol, runtime_checkable

from arena.kit.errors import Refused
from arena.signals.lab.indicators import Indicator
from arena.signals.lab.strategy.target import Target
from arena.signals.lab.strategy.view import Plan, Table, View

Parameters = Mapping[str, int]
"""Whole numbers only, so that the same document means the same on every machine. Windows are counted in
bars, shares and multiples in percent, as the names say."""


class BadParameters(Refused):
    """{strategy} cannot run with {name} = {value}: {why}."""


@dataclass(frozen=True, slots=True)
class Range:
    """What a parameter may be, both ends included, and what it is where nothing is said."""

    default: int
    low: int
    high: int


@runtime_checkable
class Strategy(Protocol):
    """Pure: the same view, parameters and weight give the same target, on every machine."""

    @property
    def name(self) -> str: ...

    @property
    def about(self) -> str:
        """One sentence for people."""
        ...

    @property
    def ranges(self) -> Mapping[str, Range]:
        """Its parameters."""
        ...

    def indicators(self, parameters: Parameters) -> Mapping[str, Indicator]:
        """The indicators it reads, by the name it reads them under. It is not asked before all of them have a value."""
        ...

    def on_bar(self, view: View, parameters: Parameters, weight: Decimal) -> Target | None:
        """The target at the close of the bar the view ends with, `weight` being the one it asked for last; None
        where nothing changes."""
        ...


@runtime_checkable
class Planned(Protocol):
    """A strategy that can say all its decisions at once; the same as bar by bar."""

    def plan(self, table: Table, parameters: Parameters) -> Plan: ...


class NoPlan(Exception):
    """Raised by a `plan` that cannot say all decisions at once, with these parameters or at all."""


def plan_of(strategy: Strategy, table: Table, parameters: Parameters) -> Plan | None:
    """The strategy's plan; None where it decides bar by bar only."""
    if not isinstance(strategy, Planned):
        return None
    try:
        return strategy.plan(table, parameters)
    except NoPlan:
        return None


def complete(strategy: Strategy, given: Mapping[str, int]) -> dict[str, int]:
    """The parameters with defaults where none is given. Raises BadParameters for unknown names and for values out of
    range."""
    for name, value in given.items():
        if name not in strategy.ranges:
            known = ", ".join(strategy.ranges)
            raise BadParameters(
                strategy=strategy.name, name=name, value=value, why=f"it has only {known}"
            )
        allowed = strategy.ranges[name]
        if type(value) is not int or not allowed.low <= value <= allowed.high:
            raise BadParameters(
                strategy=strategy.name, name=name, value=value,
                why=f"it takes whole numbers from {allowed.low} to {allowed.high}",
            )  # fmt: skip
    return {name: given.get(name, allowed.default) for name, allowed in strategy.ranges.items()}
