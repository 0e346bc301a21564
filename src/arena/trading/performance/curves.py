"""Curves put together from days: the level at every midnight, the deepest fall, daily returns. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from arena.trading.performance.days import Days, number_of
from arena.trading.performance.returns import Floats

_ALMOST_A_DAY = timedelta(days=1) - timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Curve:
    """`levels`: what it begins at, then the level at each midnight from the day `first` on (days since 1970), in
    quote units. `fall` is the deepest fall over all marks since, as a fraction. `whole` is whether the first
    return is of a whole day: that from an opening is not."""

    first: int
    levels: Floats
    fall: float
    whole: bool = False

    @property
    def returns(self) -> Floats:
        """From midnight to midnight; zero where nothing was left to lose."""
        before = self.levels[:-1]
        out: Floats = np.zeros(len(before))
        np.divide(self.levels[1:], before, out=out, where=before > 0)
        out[before > 0] -= 1.0
        return out


def curve_of(
    days: Days | None,
    opening: float,
    *,
    until: datetime,
    since: datetime | None = None,
    closed_at: datetime | None = None,
) -> Curve:
    """The account's curve up to the midnight `until`, or to the end of the day it was closed; from the midnight
    `since` on, where it had marks by then. A day without marks ends where the last one did."""
    last = number_of(until)
    if closed_at is not None:
        last = min(last, number_of(closed_at + _ALMOST_A_DAY))
    end = 0 if days is None else int(np.searchsorted(days.number, last, side="right"))
    if days is None or end == 0:
        return Curve(last + 1, np.array([opening]), 0.0)
    start = (
        0 if since is None else int(np.searchsorted(days.number, number_of(since), side="right"))
    )
    whole = since is not None and start > 0
    first = number_of(since) + 1 if since is not None and whole else int(days.number[0])
    begin = float(days.level[start - 1]) if whole else opening
    if first > last:
        return Curve(first, np.array([begin]), 0.0, whole)
    levels = np.empty(last - first + 2)
    levels[0] = begin
    if end - start == last - first + 1:  # every day had marks, as most do
        levels[1:] = days.level[start:end]
    else:
        values = np.concatenate(([begin], days.level[start:end]))
        numbers = np.arange(first, last + 1)
        levels[1:] = values[np.searchsorted(days.number[start:end], numbers, side="right")]
    return Curve(first, levels, _fall(days, begin, start, end), whole)


def _fall(days: Days, begin: float, start: int, end: int) -> float:
    """Over the days from place `start` to `end`, begun at a level: within a day, and from a high before it."""
    if start >= end:
        return 0.0
    highs = np.maximum.accumulate(np.concatenate(([begin], days.high[start : end - 1])))
    across = 1.0 - days.low[start:end] / np.where(highs > 0, highs, 1.0)
    return max(0.0, float(days.fall[start:end].max()), float(across.max()))
