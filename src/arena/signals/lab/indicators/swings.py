"""How strongly prices move, and where in its recent range the price stands."""

import numpy as np

from arena.signals.lab.bars import Bars, Floats
from arena.signals.lab.indicators.averages import mean_of
from arena.signals.lab.indicators.bands import highest_of, lowest_of
from arena.signals.lab.indicators.kernels import rolling_sum, sealed
from arena.signals.lab.indicators.model import QUIET, Parameters
from arena.signals.lab.indicators.ranges import after_first, share_of, wilder

YEAR_S = 365 * 86_400


def relative_strength_index(bars: Bars, given: Parameters) -> tuple[Floats, ...]:
    change = np.diff(bars.closes)
    gain = wilder(after_first(np.maximum(change, 0.0)), given["bars"])
    loss = wilder(after_first(np.maximum(-change, 0.0)), given["bars"])
    return (share_of(gain, gain + loss, bars.closes * (QUIET / given["bars"]), 50.0),)


def stochastic_oscillator(bars: Bars, given: Parameters) -> tuple[Floats, ...]:
    high, low = highest_of(bars, given["bars"]), lowest_of(bars, given["bars"])
    raw = share_of(bars.closes - low, high - low, np.zeros(len(bars)), 50.0)
    k = _mean_after(given["bars"] - 1, raw, given["smooth_bars"])
    begins = given["bars"] + given["smooth_bars"] - 2
    d = _mean_after(begins, k, given["signal_bars"])
    k[: begins + given["signal_bars"] - 1] = np.nan
    return k, d


def _mean_after(first: int, values: Floats, bars: int) -> Floats:
    """The plain mean of the last `bars` of values that begin at `first`."""
    means = np.full(len(values), np.nan)
    means[first:] = mean_of(sealed(values[first:]), bars)
    return means


def past_return(bars: Bars, given: Parameters) -> tuple[Floats, ...]:
    count = given["bars"]
    change = np.full(len(bars), np.nan)
    change[count:] = bars.closes[count:] / bars.closes[:-count] - 1
    return (change,)


def realised_volatility(bars: Bars, given: Parameters) -> tuple[Floats, ...]:
    returns = bars.closes[1:] / bars.closes[:-1] - 1
    squares = rolling_sum(sealed(returns * returns), given["bars"]) / given["bars"]
    return (after_first(np.sqrt(squares * YEAR_S / bars.interval_s)),)


FORMULAS = {
    "relative_strength_index": relative_strength_index,
    "stochastic_oscillator": stochastic_oscillator,
    "past_return": past_return,
    "realised_volatility": realised_volatility,
}
