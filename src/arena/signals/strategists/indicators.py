"""Indicators from plain floats. Sums are correctly rounded (`math.fsum`), so every machine agrees.

Each looks at a fixed number of the last bars only, so its value does not depend on how much history
happens to be in memory.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

WARM_UP = 8  # smoothing forgets: after eight periods the seed weighs under 0.04 %


def mean(values: Sequence[float]) -> float:
    """The simple average."""
    return math.fsum(values) / len(values)


def deviation(values: Sequence[float]) -> float:
    """The population standard deviation, as Bollinger uses it."""
    middle = mean(values)
    return math.sqrt(math.fsum((value - middle) ** 2 for value in values) / len(values))


def relative_strength(closes: Sequence[float], bars: int) -> float:
    """RSI in [0, 100] (J. W. Wilder, New Concepts in Technical Trading Systems, 1978, chapter VI).

    Averages of gains and losses smoothed by 1/bars; 50 where nothing moved. `closes` must hold at least
    `relative_strength_bars(bars)`.
    """
    window = closes[-relative_strength_bars(bars) :]
    changes = [new - old for old, new in pairwise(window)]
    gain = mean([max(change, 0.0) for change in changes[:bars]])
    loss = mean([max(-change, 0.0) for change in changes[:bars]])
    for change in changes[bars:]:
        gain += (max(change, 0.0) - gain) / bars
        loss += (max(-change, 0.0) - loss) / bars
    if gain + loss == 0:
        return 50.0
    return 100 * gain / (gain + loss)


def relative_strength_bars(bars: int) -> int:
    return bars * (WARM_UP + 1) + 1


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
