"""The newest value of each indicator that built-in strategies read, from plain floats.

The Lab computes whole series of the same indicators (`lab.indicators`); at work only the last value is wanted, over a
window, and compiling would cost a running arena more memory than it saves time. Tests hold the two together. Sums are
correctly rounded (`math.fsum`), so every machine agrees.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from arena.signals.lab.indicators import QUIET, Indicator, spec_of
from arena.signals.lab.strategy import Parameters, View


def latest(indicator: Indicator, view: View) -> float:
    """The indicator at the view's last bar; NaN where there are too few bars yet. Raises KeyError for one that no
    built-in reads."""
    if len(view) <= spec_of(indicator).warm_up(indicator.parameters):
        return math.nan
    return _FORMULAS[indicator.name](view, indicator.parameters)


def mean(values: Sequence[float]) -> float:
    """The simple average."""
    return math.fsum(values) / len(values)


def deviation(values: Sequence[float]) -> float:
    """The population standard deviation, as Bollinger uses it."""
    middle = mean(values)
    return math.sqrt(math.fsum((value - middle) ** 2 for value in values) / len(values))


def relative_strength(closes: Sequence[float], bars: int) -> float:
    """RSI in [0, 100] (J. W. Wilder, New Concepts in Technical Trading Systems, 1978, chapter VI).

    Averages of gains and losses, seeded by the first `bars` changes and smoothed by 1/bars after; 50 where nothing
    moved. `closes` must hold at least bars + 1.
    """
    changes = [new - old for old, new in pairwise(closes)]
    gain = mean([max(change, 0.0) for change in changes[:bars]])
    loss = mean([max(-change, 0.0) for change in changes[:bars]])
    for change in changes[bars:]:
        gain += (max(change, 0.0) - gain) / bars
        loss += (max(-change, 0.0) - loss) / bars
    if bars * (gain + loss) <= QUIET * closes[-1]:
        return 50.0
    return 100 * gain / (gain + loss)


def true_range(
    highs: Sequence[float], lows: Sequence[float], closes: Sequence[float], bars: int
) -> float:
    """Average true range, simple average over `bars` (Wilder 1978, chapter III); needs bars + 1 bars."""
    triples = zip(highs[-bars:], lows[-bars:], closes[-bars - 1 : -1], strict=True)
    return mean([max(high, before) - min(low, before) for high, low, before in triples])


def volatility(closes: Sequence[float], bars: int, interval_s: int) -> float:
    """Realised volatility a year from simple returns: root mean square, a year of 365 days."""
    window = closes[-bars - 1 :]
    squares = [(new / old - 1) ** 2 for old, new in pairwise(window)]
    return math.sqrt(mean(squares) * 365 * 86_400 / interval_s)


_FORMULAS: Mapping[str, Callable[[View, Parameters], float]] = {
    "simple_average": lambda view, p: mean(view.closes[-p["bars"] :]),
    "standard_deviation": lambda view, p: deviation(view.closes[-p["bars"] :]),
    "relative_strength_index": lambda view, p: relative_strength(view.closes, p["bars"]),
    "past_return": lambda view, p: view.closes[-1] / view.closes[-1 - p["bars"]] - 1,
    "realised_volatility": lambda view, p: volatility(view.closes, p["bars"], view.interval_s),
    "highest_high": lambda view, p: max(view.highs[-p["bars"] :]),
    "lowest_low": lambda view, p: min(view.lows[-p["bars"] :]),
    "mean_true_range": lambda view, p: true_range(view.highs, view.lows, view.closes, p["bars"]),
}
