"""Is one record long enough to tell its ratio from a threshold? The probabilistic Sharpe ratio and the length it asks.

PSR(s0) = Φ((s − s0) / √Var): the confidence that the true ratio of a period is above s0 when s was found in T returns
(Bailey and Lopez de Prado 2012, The Sharpe ratio efficient frontier, Journal of Risk 15:2). Var is the sampling error
of `trading/performance/sharpe.py`, with skew, kurtosis and autocorrelation, taken at s, over T − 1, as that paper has
it. Lopez de Prado, Lipton and Zoonekynd 2025 (SSRN 5520741) take it at s0, over T: the form "threshold". With it skewed
losses look better than they are: of records of 60 periods with skew −1.4 and a true ratio of s0, 7.5 to 8 % have a PSR
above 95 %; with the first form, 5 to 5.5 %.

The length at which a record like this one reaches the confidence, z its normal quantile and Var1 = T·Var:
1 + Var1·(z / (s − s0))², without the 1 in the form "threshold".
"""

from math import sqrt
from statistics import NormalDist
from typing import Literal

from numpy.typing import ArrayLike

from arena.signals.lab.luck.given import series, within
from arena.signals.lab.luck.model import TrackRecord
from arena.trading.performance import Moments, moments

NORMAL = NormalDist()
Form = Literal["threshold", "estimate"]


def probabilistic_sharpe(
    returns: ArrayLike | Moments, threshold: float = 0.0, *, form: Form = "estimate"
) -> float | None:
    """The confidence that the true ratio of a period is above `threshold` (of a period, too: an annual one is divided
    by √periods of a year).

    `returns`: net returns of T periods, as fractions, or their moments. None for fewer than ten, for returns that never
    vary, and where the formula gives no variance above zero. It answers for this record alone: if it is the best of
    many, ask `deflated_sharpe`. Raises BadReturns.
    """
    found = _moments(returns)
    error = None if found is None else standard_error(found, threshold, form=form)
    if found is None or error is None:
        return None
    return NORMAL.cdf((found.ratio - threshold) / error)


def minimum_track_record(
    returns: ArrayLike | Moments,
    threshold: float = 0.0,
    *,
    confidence: float = 0.95,
    period_days: float = 1.0,
    form: Form = "estimate",
) -> TrackRecord:
    """How many periods it takes until a record like this one has a PSR of `confidence`; a period lasts `period_days`.

    Raises BadReturns and BadTerms.
    """
    within("confidence", confidence, 0.5, 1 - 1e-9)
    found = _moments(returns)
    if found is None:
        have = returns.count if isinstance(returns, Moments) else len(series(returns))
        return TrackRecord(None, None, have)
    error = standard_error(found, threshold, form=form)
    if found.ratio <= threshold or error is None:
        return TrackRecord(None, None, found.count)
    spare = 1 if form == "estimate" else 0
    variance = error**2 * (found.count - spare)
    periods = spare + variance * (NORMAL.inv_cdf(confidence) / (found.ratio - threshold)) ** 2
    return TrackRecord(periods, periods * period_days, found.count)


def standard_error(found: Moments, threshold: float, *, form: Form = "estimate") -> float | None:
    """Of the ratio found; None where the formula gives no variance above zero."""
    if form == "threshold":
        variance = found.unit_variance(threshold) / found.count
    else:
        variance = found.unit_variance(found.ratio) / (found.count - 1)
    return sqrt(variance) if variance > 0 else None


def _moments(returns: ArrayLike | Moments) -> Moments | None:
    return returns if isinstance(returns, Moments) else moments(series(returns))
