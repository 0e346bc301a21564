"""What trust says: the evidence of a return series, and the score drawn from it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Evidence:
    """Daily net returns in two numbers: annualised Sharpe ratio, and the variance of that estimate."""

    days: int
    sharpe: float
    variance: float


@dataclass(frozen=True, slots=True)
class Score:
    """What is believed of a feed's net annual Sharpe ratio, and the 0-100 shown for it.

    `value` is None while unranked, and `why` says why. `low` and `high` bound the central 80 %. All
    Sharpe figures are annual, net of costs, without a risk-free rate. `cap` is the most this kind of
    record may be shown as.
    """

    value: int | None
    why: str
    days: int
    sharpe: float | None
    standard_error: float | None
    mean: float
    low: float
    high: float
    probability_above: float
    threshold: float
    prior_mean: float
    prior_sd: float
    cap: int
