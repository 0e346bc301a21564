"""What is left of a Sharpe ratio when all tests made are allowed for. Harvey and Liu 2015.

t = s·√T has a two-sided p-value (Student's t, T − 1 degrees of freedom); p-values of all M tests are adjusted by
Benjamini, Hochberg and Yekutieli: the i-th smallest becomes p·M·c(M)/i, c(M) = Σ 1/i, at most that of the next larger
one and 1; the t that has the adjusted p-value, over √T, is the adjusted ratio (Harvey and Liu 2015, Backtesting,
Journal of Portfolio Management 42:1; they leave the largest p-value as it is, here it is adjusted like the others).
"""

from math import sqrt

import numpy as np
from numpy.typing import ArrayLike

from arena.signals.lab.luck.given import series, within
from arena.signals.lab.luck.model import BadReturns, Floats, Haircut

PERIODS_MIN = 10


def haircut(ratios: ArrayLike, periods: int, *, chosen: int | None = None) -> Haircut:
    """Of the trial at the place `chosen`, else of the one with the best ratio.

    `ratios`: that of a period of every trial made; `periods`: how many each was tried on. Raises BadReturns and
    BadTerms.
    """
    from scipy.special import stdtr, stdtrit  # type: ignore[import-untyped]  # scipy ships no types

    found = series(ratios)
    if not len(found):
        raise BadReturns(why="there is no trial")
    within("periods", periods, PERIODS_MIN, 1e9)
    place = int(found.argmax()) if chosen is None else chosen
    within("chosen", place, 0, len(found) - 1)
    freedom = periods - 1
    values = 2 * stdtr(freedom, -np.abs(found) * sqrt(periods))
    adjusted = float(adjusted_p_values(values)[place])
    left = abs(float(stdtrit(freedom, adjusted / 2))) / sqrt(periods)
    ratio = float(found[place])
    left = min(left, abs(ratio))
    return Haircut(
        ratio=ratio,
        adjusted=left if ratio >= 0 else -left,
        share=None if ratio == 0 else 1 - left / abs(ratio),
        p=float(values[place]),
        p_adjusted=adjusted,
    )


def adjusted_p_values(values: ArrayLike) -> Floats:
    """Those of Benjamini, Hochberg and Yekutieli 2001, in the order given."""
    given = series(values)
    count = len(given)
    places = np.arange(1, count + 1)
    order = np.argsort(given)
    raised = given[order] * count * float(np.sum(1 / places)) / places
    out = np.empty(count)
    out[order] = np.minimum(np.minimum.accumulate(raised[::-1])[::-1], 1.0)
    return out
