"""How far bars reach, and how much of it has a direction. Wilder's: smoothed by 1 / bars."""

import numpy as np

from arena.signals.lab.bars import Bars, Floats
from arena.signals.lab.indicators.averages import mean_of
from arena.signals.lab.indicators.fading import wilder_share
from arena.signals.lab.indicators.kernels import (
    directional,
    percentage,
    sealed,
    smoothed,
)
from arena.signals.lab.indicators.model import QUIET, Parameters


def wilder(values: Floats, bars: int, first: int = 1) -> Floats:
    """Wilder's average of values that begin at `first`."""
    return sealed(smoothed(values, first, bars, wilder_share(bars)))


def after_first(values: Floats) -> Floats:
    """An array one longer, which begins with NaN: what compares a bar with the one before has no first value."""
    return sealed(np.concatenate((np.full(1, np.nan), values)))


def true_range(bars: Bars) -> Floats:
    before = bars.closes[:-1]
    return after_first(np.maximum(bars.highs[1:], before) - np.minimum(bars.lows[1:], before))


def share_of(part: Floats, whole: Floats, least: Floats, otherwise: float) -> Floats:
    """The part in percent of the whole; `otherwise` where that is at most `least`."""
    return percentage(sealed(part), sealed(whole), sealed(least), otherwise)


def average_true_range(bars: Bars, given: Parameters) -> tuple[Floats, ...]:
    return (wilder(true_range(bars), given["bars"]),)


def mean_true_range(bars: Bars, given: Parameters) -> tuple[Floats, ...]:
    ranges = mean_of(true_range(bars)[1:], given["bars"])
    return (after_first(ranges),)


def average_directional_index(bars: Bars, given: Parameters) -> tuple[Floats, ...]:
    index, plus, minus = directional(given["bars"], bars.highs, bars.lows, bars.closes, QUIET)
    return index, plus, minus


FORMULAS = {
    "average_true_range": average_true_range,
    "mean_true_range": mean_true_range,
    "average_directional_index": average_directional_index,
}
