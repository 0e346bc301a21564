"""The loops that cannot be written as array operations, compiled. All look backwards only.

They are called with read-only arrays (`sealed`), so that each is compiled for one kind of array. They stand in one
file because a compiled function is stored until its own file changes.
"""

import numpy as np
from numba import njit

from arena.signals.lab.bars import Floats, Whole

DAY_MS = 86_400_000
SPLITTER = 134_217_729.0  # 2^27 + 1 cuts a double in two halves whose products are exact (Veltkamp)


def sealed(values: Floats) -> Floats:
    """The same array, from now on read-only."""
    values.flags.writeable = False
    return values


@njit(cache=True)
def two_sum(a: float, b: float) -> tuple[float, float]:
    """a + b as a double and what rounding took from it (Knuth)."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


@njit(cache=True)
def two_product(a: float, b: float) -> tuple[float, float]:
    """a * b as a double and what rounding took from it (Dekker)."""
    product = a * b
    carry = SPLITTER * a
    a_high = carry - (carry - a)
    a_low = a - a_high
    carry = SPLITTER * b
    b_high = carry - (carry - b)
    b_low = b - b_high
    rest = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low
    return product, rest


@njit(cache=True)
def rolling_sum(values: Floats, bars: int) -> Floats:
    """The sum of the last `bars` values, in twice the precision of a double and then rounded once.

    So a value depends on its window alone, not on what went through the sum before: the sum of prices is exact. Where
    the whole window is zero so is the sum.
    """
    count = len(values)
    sums = np.full(count, np.nan)
    high, low, not_zero = 0.0, 0.0, 0
    for at in range(count):
        high, rest = two_sum(high, values[at])
        low += rest
        if values[at] != 0:
            not_zero += 1
        if at >= bars:
            gone = values[at - bars]
            high, rest = two_sum(high, -gone)
            low += rest
            if gone != 0:
                not_zero -= 1
        if not_zero == 0:
            high, low = 0.0, 0.0
        if at >= bars - 1:
            sums[at] = high + low
    return sums


@njit(cache=True)
def rolling_moments(values: Floats, bars: int) -> tuple[Floats, Floats]:
    """Mean and population deviation of the last `bars` values, both (count).

    n * (sum of squares) - (sum)^2 loses twice as many digits as the deviation is smaller than the mean, so both sums
    are kept in twice the precision. Where all values of a window are equal the deviation is 0.
    """
    count = len(values)
    means, deviations = np.full(count, np.nan), np.full(count, np.nan)
    high, low, squares, squares_low = 0.0, 0.0, 0.0, 0.0
    width, equal, before = float(bars), 0, np.nan
    for at in range(count):
        value = values[at]
        equal = equal + 1 if value == before else 1
        before = value
        high, rest = two_sum(high, value)
        low += rest
        square, cut = two_product(value, value)
        squares, rest = two_sum(squares, square)
        squares_low += rest + cut
        if at >= bars:
            gone = values[at - bars]
            high, rest = two_sum(high, -gone)
            low += rest
            square, cut = two_product(gone, gone)
            squares, rest = two_sum(squares, -square)
            squares_low += rest - cut
        if at >= bars - 1:
            total = high + low
            total_low = (high - total) + low
            means[at] = total / width
            if equal >= bars:
                deviations[at] = 0.0
                continue
            whole = squares + squares_low
            whole_low = (squares - whole) + squares_low
            first, first_low = two_product(width, whole)
            second, second_low = two_product(total, total)
            spread = (first - second) + (
                first_low - second_low + width * whole_low - 2 * total * total_low
            )
            deviations[at] = np.sqrt(max(spread, 0.0)) / width
    return means, deviations


@njit(cache=True)
def rolling_highest(values: Floats, bars: int) -> Floats:
    """The highest of the last `bars` values: of windows of one, two, four ... and in the end of two that overlap."""
    highest = values.copy()
    count, width = len(values), 1
    while width < bars:
        step = min(width, bars - width)
        for at in range(count - 1, step - 1, -1):
            highest[at] = max(highest[at], highest[at - step])
        width += step
    highest[: bars - 1] = np.nan
    return highest


@njit(cache=True)
def smoothed(values: Floats, first: int, bars: int, share: float) -> Floats:
    """s[t] = s[t-1] + share * (value[t] - s[t-1]), from the mean of `bars` values that begin at `first`."""
    count = len(values)
    averages = np.full(count, np.nan)
    if count < first + bars:
        return averages
    average = 0.0
    for at in range(first, first + bars):
        average += values[at]
    average /= bars
    averages[first + bars - 1] = average
    for at in range(first + bars, count):
        average += share * (values[at] - average)
        averages[at] = average
    return averages


@njit(cache=True)
def directional(bars: int, highs: Floats, lows: Floats, closes: Floats, quiet: float) -> Floats:
    """Wilder's ADX, +DI and -DI, (3, count); a move or range of at most `quiet` of the close in `bars` bars is none."""
    count, share = len(closes), 1 / bars
    lines = np.full((3, count), np.nan)
    plus, minus, reach, index = 0.0, 0.0, 0.0, 0.0
    for at in range(1, count):
        before = closes[at - 1]
        up, down = highs[at] - highs[at - 1], lows[at - 1] - lows[at]
        # Products, not branches: which of the two is larger cannot be foreseen, and a wrong guess costs more.
        plus_move, minus_move = max(up, 0.0) * (up > down), max(down, 0.0) * (down > up)
        # The first mean of n: a share that is 1, 1/2, 1/3 ... 1/n; from then on Wilder's 1/n.
        weight = max(share, 1 / at)
        plus += weight * (plus_move - plus)
        minus += weight * (minus_move - minus)
        reach += weight * (max(highs[at], before) - min(lows[at], before) - reach)
        if at < bars:
            continue
        least, both = closes[at] * quiet * share, plus + minus
        direction = 100 * abs(plus - minus) / both if both > least else 0.0
        index += max(share, 1 / (at - bars + 1)) * (direction - index)
        if at >= 2 * bars - 1:
            lines[0, at] = index
            lines[1, at] = 100 * plus / reach if reach > least else 0.0
            lines[2, at] = 100 * minus / reach if reach > least else 0.0
    return lines


@njit(cache=True)
def percentage(part: Floats, whole: Floats, least: Floats, otherwise: float) -> Floats:
    """100 * part / whole; `otherwise` where the whole is at most `least`, NaN where it has no value."""
    count = len(whole)
    result = np.full(count, np.nan)
    for at in range(count):
        if whole[at] > least[at]:
            result[at] = 100 * part[at] / whole[at]
        elif not np.isnan(whole[at]):
            result[at] = otherwise
    return result


@njit(cache=True)
def weighted_by_day(open_ms: Whole, values: Floats, weights: Floats) -> Floats:
    """The weighted mean of the values since midnight UTC; the plain mean while all weights are zero."""
    count = len(values)
    means = np.empty(count)
    day, seen, plain, products, weight = np.int64(-1), 0, 0.0, 0.0, 0.0
    for at in range(count):
        today = open_ms[at] // DAY_MS
        if at == 0 or today != day:
            day, seen, plain, products, weight = today, 0, 0.0, 0.0, 0.0
        seen += 1
        plain += values[at]
        products += values[at] * weights[at]
        weight += weights[at]
        means[at] = products / weight if weight > 0 else plain / seen
    return means
