"""Daily returns of an equity curve. Pure."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from arena.trading.performance.model import Mark

Floats = NDArray[np.float64]
_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def midnight_values(opening: Decimal, marks: Iterable[Mark]) -> list[Decimal]:
    """The opening cash, then the equity at each UTC midnight from the first mark's to the last mark's.

    The equity at a midnight is that of the last mark at or before it; a mark at midnight sharp belongs to the
    day that ends. The day that has not ended is left out. Marks come in order of time.
    """
    values = [opening]
    value, due = opening, -1
    for mark in marks:
        day = -((_EPOCH - mark.at) // _DAY)  # the midnight at or after the mark, in days since 1970
        if due < 0:
            due = day
        while due < day:
            values.append(value)
            due += 1
        value = mark.equity
        if mark.at == _EPOCH + day * _DAY:
            values.append(value)
            due = day + 1
    return values


def returns_of(values: Sequence[Decimal]) -> Floats:
    """From each value to the next, as fractions."""
    levels = np.array([float(value) for value in values])
    if len(levels) < 2:
        return np.empty(0)
    out: Floats = levels[1:] / levels[:-1] - 1.0
    return out


def daily_returns(opening: Decimal, marks: Iterable[Mark]) -> Floats:
    """Net returns from UTC midnight to UTC midnight; the first is from the opening, a shorter day."""
    return returns_of(midnight_values(opening, marks))
