"""Averages of closes, and what is made of two of them."""

import numpy as np

from arena.signals.lab.bars import Bars, Floats
from arena.signals.lab.indicators.fading import exponential_share
from arena.signals.lab.indicators.kernels import rolling_sum, sealed, smoothed
from arena.signals.lab.indicators.model import Parameters


def mean_of(values: Floats, bars: int) -> Floats:
    """The plain mean of the last `bars` values."""
    return sealed(rolling_sum(values, bars) / bars)


def exponential_of(values: Floats, bars: int, first: int = 0) -> Floats:
    """The exponential average of values that begin at `first`."""
    return sealed(smoothed(values, first, bars, exponential_share(bars)))


def simple_average(bars: Bars, given: Parameters) -> tuple[Floats, ...]:
    return (mean_of(bars.closes, given["bars"]),)


def exponential_average(bars: Bars, given: Parameters) -> tuple[Floats, ...]:
    return (exponential_of(bars.closes, given["bars"]),)


def moving_average_convergence_divergence(bars: Bars, given: Parameters) -> tuple[Floats, ...]:
    line = sealed(
        exponential_of(bars.closes, given["fast_bars"])
        - exponential_of(bars.closes, given["slow_bars"])
    )
    first = max(given["fast_bars"], given["slow_bars"]) - 1
    signal = exponential_of(line, given["signal_bars"], first)
    begun = line.copy()
    begun[: first + given["signal_bars"] - 1] = np.nan
    return begun, signal, line - signal


FORMULAS = {
    "simple_average": simple_average,
    "exponential_average": exponential_average,
    "moving_average_convergence_divergence": moving_average_convergence_divergence,
}
