"""The shrunk net Sharpe ratio: a normal-normal posterior from daily returns and a class prior.

    prior       theta ~ N(0.3, 0.65^2): net annual Sharpe ratios of forward-tested rule strategies. The
                centre is low on purpose: among published strategies the median loses most of its back-test
                Sharpe live (Suhonen, Lennkh & Perez 2017: 73 %).
    evidence    S = mean/sd * sqrt(365) of daily net returns of the reference account (it is marked every
                calendar day), with sampling variance V = 365/T * [a - b*g3*s0 + c*(g4 - 1)/4 * s0^2],
                a = (1+r)/(1-r), b = 1 + r/(1-r) + r^2/(1-r^2), c = 1 + 2r^2/(1-r^2); g3 skewness, g4
                kurtosis, r lag-1 autocorrelation shrunk by T/(T+100)
                (Mertens 2002; Opdyke 2007; with r: Lopez de Prado, Lipton & Zoonekynd, SSRN 5520741).
    posterior   mean = (V*m + tau^2*S)/(V + tau^2), variance = V*tau^2/(V + tau^2), V + 0.05 for what the
                model itself gets wrong.
    shown       100*Phi((mean - 0.4)/0.6), at most 60 while the record is a simulated-forward one only;
                nothing at all under 30 days.

V is taken at s0, the prior's centre, not at the observed s: so a record that is better on every day never
scores lower, which V(s), growing with s^2, would not guarantee.

What it does not know: one series of returns cannot tell skill from sold tails, doubling down or stale
fills; the full class mixture with those signatures comes later. Returns are not adjusted for the market's
own rise, nor for autocorrelation when annualised; the subscription's price is not in them.
"""

import itertools
import math
from collections.abc import Sequence
from statistics import NormalDist

from arena.marketplace.trust.model import Evidence, Score

PRIOR_MEAN, PRIOR_SD = 0.3, 0.65
MODEL_VARIANCE = 0.05
DAYS_A_YEAR = 365
DAYS_MIN = 30
THRESHOLD = 0.4
SPREAD = 0.6
CAP_SIMULATED_FORWARD = 60
_Z80 = NormalDist().inv_cdf(0.9)  # the central 80 % ends there on both sides


def evidence(returns: Sequence[float]) -> Evidence | None:
    """Annual Sharpe ratio and the variance of its estimate; None where the returns do not vary."""
    days = len(returns)
    if days < 2:
        return None
    mean = math.fsum(returns) / days
    deviations = [value - mean for value in returns]
    sd = math.sqrt(math.fsum(d * d for d in deviations) / (days - 1))
    if sd < 1e-12:
        return None
    skew = math.fsum((d / sd) ** 3 for d in deviations) / days
    kurtosis = math.fsum((d / sd) ** 4 for d in deviations) / days
    lag = math.fsum(a * b for a, b in itertools.pairwise(deviations)) / (sd * sd * (days - 1))
    variance = DAYS_A_YEAR / days * _shape(lag * days / (days + 100), skew, kurtosis)
    return Evidence(days, mean / sd * math.sqrt(DAYS_A_YEAR), variance)


def judge(found: Evidence | None, days: int, *, cap: int = CAP_SIMULATED_FORWARD) -> Score:
    """The score of what was found in `days` daily returns; the prior alone where that is nothing."""
    prior = NormalDist(PRIOR_MEAN, PRIOR_SD)
    believed = prior
    if found is not None:
        noise = found.variance + MODEL_VARIANCE
        total = noise + prior.variance
        mean = (noise * PRIOR_MEAN + prior.variance * found.sharpe) / total
        believed = NormalDist(mean, math.sqrt(noise * prior.variance / total))
    if found is None or days < DAYS_MIN:
        value = None
        why = (
            f"Unranked: {days} of {DAYS_MIN} days of record."
            if days < DAYS_MIN
            else "Unranked: the equity has not moved."
        )
    else:
        value = min(round(100 * NormalDist().cdf((believed.mean - THRESHOLD) / SPREAD)), cap)
        why = f"At most {cap}: a simulated forward record, no live fills."
    return Score(
        value=value, why=why, days=days, sharpe=found.sharpe if found else None,
        standard_error=math.sqrt(found.variance) if found else None, mean=believed.mean,
        low=believed.mean - _Z80 * believed.stdev, high=believed.mean + _Z80 * believed.stdev,
        probability_above=1 - believed.cdf(THRESHOLD), threshold=THRESHOLD,
        prior_mean=PRIOR_MEAN, prior_sd=PRIOR_SD, cap=cap,
    )  # fmt: skip


def _shape(r: float, skew: float, kurtosis: float) -> float:
    """The bracket of V: how the returns' shape and memory widen the sampling error (1 for white noise)."""
    r = max(-0.9, min(0.9, r))
    s0 = PRIOR_MEAN / math.sqrt(DAYS_A_YEAR)
    a = (1 + r) / (1 - r)
    b = 1 + r / (1 - r) + r * r / (1 - r * r)
    c = 1 + 2 * r * r / (1 - r * r)
    return max(a - b * skew * s0 + c * (kurtosis - 1) / 4 * s0 * s0, 0.1)
