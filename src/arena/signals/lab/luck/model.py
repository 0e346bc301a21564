"""What the statistics of luck answer with, and how they refuse. Ratios are those of a period, not of a year."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from arena.kit.errors import Refused

Floats = NDArray[np.float64]


class BadReturns(Refused):
    """These returns cannot be judged: {why}. Give a finite net return for every period, all trials over the same
    periods."""


class BadTerms(Refused):
    """{name} cannot be {value}: give {allowed}."""


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """How long a record must be before it tells skill from luck.

    `periods` and `days` are the length needed in all, None where no length is enough because the ratio found is not
    above the threshold, or is not defined; `have` is the length there is. It takes for granted that the returns to come
    are like those that were: it is no forecast of when skill will show.
    """

    periods: float | None
    days: float | None
    have: int

    @property
    def enough(self) -> bool:
        return self.periods is not None and self.have >= self.periods


@dataclass(frozen=True, slots=True)
class TrialSet:
    """The trials among which one was chosen.

    `registered` counts configurations, `effective` the independent ones they amount to. `deviation` is the standard
    deviation of their ratios, None where their series are not known. Trials that nobody counted are not in it: then
    everything that rests on it is too kind.
    """

    registered: int
    effective: float
    deviation: float | None = None


@dataclass(frozen=True, slots=True)
class Deflated:
    """Whether the best of many trials is better than the best of as many trials without skill would be.

    `value` is the deflated Sharpe ratio: the confidence that the true ratio is above `threshold`, the ratio that the
    luckiest of `trials` independent trials is expected to show. `by_luck` is the chance that the luckiest of them
    shows at least what this one did. `deviation` is the spread of the trials' ratios that the threshold rests on.
    `strict` is the confidence against `bar`, the ratio that the luckiest of them stays under in 95 of 100 searches.
    None where not defined. It does not ask how the returns came about: whoever sells insurance against rare losses
    passes until the first one.
    """

    value: float | None
    threshold: float | None
    by_luck: float | None
    trials: float
    deviation: float | None
    strict: float | None = None
    bar: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Overfitting:
    """Whether choosing the best of these trials finds one that is good elsewhere.

    `probability` (PBO) is the share of halves of the record whose best trial is in the lower half of all trials on the
    other half; `logits` say how far in, one a half, below zero where it is. `inside` and `outside` are the ratios of
    the chosen one on the half it was chosen on and on the other; `slope` is that of the line through them (below zero:
    the better it looked, the worse it did), None where nothing varies; `loss` is the share of halves where the chosen
    one lost money on the other. It judges the search, not the strategy: a sweep over neighbours that are all equally
    good comes out near a half though none is bad.
    """

    probability: float
    slope: float | None
    loss: float
    logits: Floats
    inside: Floats
    outside: Floats


@dataclass(frozen=True, slots=True)
class SuperiorAbility:
    """Whether any of these trials beats the benchmark, though the best of so many was looked for.

    p-values: the chance of a best this good if none beats it. `consistent` is Hansen's, `lower` and `upper` bound it;
    `reality_check` is White's, which poor trials among the others make weaker. `best` is the place of the trial with
    the largest statistic. A small value says that some trial is better, not that this one is, nor that it will stay so.
    """

    lower: float
    consistent: float
    upper: float
    reality_check: float
    best: int
    block_periods: int
    repetitions: int


@dataclass(frozen=True, slots=True)
class Haircut:
    """A Sharpe ratio cut to what is left of it when as many tests as were made are allowed for.

    `ratio` as found and `adjusted`; `share` is what was cut off, 0 to 1. `p` is the two-sided p-value of the ratio,
    `p_adjusted` that of Benjamini, Hochberg and Yekutieli. Shown for its plain language; it ranks trials of one length
    as the ratio does.
    """

    ratio: float
    adjusted: float
    share: float | None
    p: float
    p_adjusted: float


@dataclass(frozen=True, slots=True)
class ResampledInterval:
    """A figure with the interval that the middle of its resampled values spans, for displays.

    It says how far the figure depends on the order and choice of these days. Days unlike any of them are not in it.
    """

    value: float
    low: float
    high: float
    block_periods: float
    repetitions: int
