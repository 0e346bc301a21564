"""Which configurations to try: all of a grid, or some of it drawn at random."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Self

import numpy as np
from numpy.typing import NDArray

from arena.signals.lab.strategy import Strategy
from arena.signals.lab.sweep.model import (
    COMBINATIONS_MAX,
    CONFIGURATIONS_MAX,
    BadSpace,
    Configurations,
    TooManyConfigurations,
)

Values = Sequence[int] | tuple[int, int, int]
"""A list of values, or (low, high, step): from low up to high, which is among them where the step leads to it."""
_ENUMERATED_MAX = 2_000_000
_DRAWS_MAX = 200


@dataclass(frozen=True, slots=True)
class Space:
    """What each parameter of a strategy may be, one that is not varied being a single value, and the pairs of which
    the first must be less than the second."""

    strategy: str
    values: Mapping[str, tuple[int, ...]]
    less: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(
        cls, strategy: Strategy, given: Mapping[str, Values], less: Sequence[tuple[str, str]] = ()
    ) -> Self:
        """Parameters that are not given stay at their defaults. Raises BadSpace for what the strategy does not take,
        and where nothing is left to try."""
        known = ", ".join(f"{name} ({r.low} to {r.high})" for name, r in strategy.ranges.items())
        for name in (*given, *(name for pair in less for name in pair)):
            if name not in strategy.ranges:
                raise BadSpace(strategy=strategy.name, why=f"it has no {name}, only {known}")
        values = {
            name: _checked(strategy, name, given[name]) if name in given else (allowed.default,)
            for name, allowed in strategy.ranges.items()
        }
        return cls(strategy.name, values, tuple(less))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.values)

    @property
    def combinations(self) -> int:
        """How many there are before the pairs leave some out."""
        return prod(len(values) for values in self.values.values())


def fitting(space: Space, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which rows keep to the pairs."""
    fits = np.ones(len(rows), np.bool_)
    for low, high in space.less:
        fits &= rows[:, space.names.index(low)] < rows[:, space.names.index(high)]
    return fits


def grid(space: Space) -> Configurations:
    """All of them, the last parameter changing first. Raises BadSpace, TooManyConfigurations."""
    if space.combinations > COMBINATIONS_MAX:
        raise TooManyConfigurations(count=f"{space.combinations:,}", most=f"{CONFIGURATIONS_MAX:,}")
    rows = _rows(space, np.arange(space.combinations))
    rows = rows[fitting(space, rows)]
    if len(rows) > CONFIGURATIONS_MAX:
        raise TooManyConfigurations(count=f"{len(rows):,}", most=f"{CONFIGURATIONS_MAX:,}")
    return _some(space, rows)


def random(space: Space, count: int, seed: int) -> Configurations:
    """So many different ones, drawn evenly; all of them, in another order, where there are not as many.

    Raises BadSpace, TooManyConfigurations.
    """
    if not 1 <= count <= CONFIGURATIONS_MAX:
        raise TooManyConfigurations(count=f"{count:,}", most=f"{CONFIGURATIONS_MAX:,}")
    chance = np.random.default_rng(seed)
    if space.combinations <= _ENUMERATED_MAX:
        rows = _rows(space, np.arange(space.combinations))
        rows = rows[fitting(space, rows)]
        return _some(space, rows[chance.permutation(len(rows))[:count]])
    if space.combinations >= 2**62:
        raise BadSpace(
            strategy=space.strategy, why="there are more combinations than can be counted"
        )
    places = np.empty(0, np.int64)
    for _ in range(_DRAWS_MAX):
        drawn = chance.integers(0, space.combinations, count)
        places = np.concatenate([places, drawn[fitting(space, _rows(space, drawn))]])
        # The first of those drawn twice stays where it is.
        places = places[np.sort(np.unique(places, return_index=True)[1])]
        if len(places) >= count:
            break
    return _some(space, _rows(space, places[:count]))


def _checked(strategy: Strategy, name: str, given: Values) -> tuple[int, ...]:
    allowed = strategy.ranges[name]
    values: Sequence[int] = given
    if isinstance(given, tuple):
        if len(given) != 3 or not all(type(value) is int for value in given) or given[2] < 1:
            raise BadSpace(
                strategy=strategy.name,
                why=f"{name} = {given} is no (low, high, step) of whole numbers with a step of one or more",
            )
        values = range(given[0], given[1] + 1, given[2])
    # The ends of a range say it all, and it may be very long.
    looked_at = [values[0], values[-1]] if isinstance(values, range) and values else values
    wrong = [v for v in looked_at if type(v) is not int or not allowed.low <= v <= allowed.high]
    if wrong:
        raise BadSpace(
            strategy=strategy.name,
            why=f"{name} = {wrong[0]} is none of the whole numbers from {allowed.low} to {allowed.high}",
        )
    if not values:
        raise BadSpace(strategy=strategy.name, why=f"there is no value of {name}")
    return tuple(dict.fromkeys(values))


def _rows(space: Space, places: NDArray[np.int64]) -> NDArray[np.int64]:
    """The combinations at these places of the whole grid, before the pairs."""
    columns: list[NDArray[np.int64]] = []
    rest = places
    for values in reversed(list(space.values.values())):
        columns.append(np.array(values, np.int64)[rest % len(values)])
        rest = rest // len(values)
    return np.stack(columns[::-1], axis=1) if columns else np.empty((len(places), 0), np.int64)


def _some(space: Space, rows: NDArray[np.int64]) -> Configurations:
    if not len(rows):
        pairs = " and ".join(f"{low} < {high}" for low, high in space.less)
        raise BadSpace(strategy=space.strategy, why=f"no configuration has {pairs}")
    return Configurations(space.names, rows)
