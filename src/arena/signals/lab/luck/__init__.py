"""Is it luck? What many trials, a short record and chance explain of a result, and what they do not.

Pure functions on arrays of net returns by period. Ratios are those of a period: times √periods of a year they are
annual. What is undefined is None. Chance comes from a seed, and the same seed gives the same answer.
"""

from arena.signals.lab.luck.deflated import (
    deflated_sharpe,
    effective_count,
    effective_trials,
    expected_maximum,
    maximum_quantile,
    trial_set,
)
from arena.signals.lab.luck.haircut import adjusted_p_values, haircut
from arena.signals.lab.luck.model import (
    BadReturns,
    BadTerms,
    Deflated,
    Haircut,
    Overfitting,
    ResampledInterval,
    SuperiorAbility,
    TrackRecord,
    TrialSet,
)
from arena.signals.lab.luck.overfitting import backtest_overfitting
from arena.signals.lab.luck.probabilistic import minimum_track_record, probabilistic_sharpe
from arena.signals.lab.luck.resample import bootstrap_interval
from arena.signals.lab.luck.superior import superior_ability
from arena.signals.lab.luck.twins import (
    chance_among,
    orders,
    percentile_among,
    quick_returns,
    twin_plans,
)

__all__ = [
    "BadReturns",
    "BadTerms",
    "Deflated",
    "Haircut",
    "Overfitting",
    "ResampledInterval",
    "SuperiorAbility",
    "TrackRecord",
    "TrialSet",
    "adjusted_p_values",
    "backtest_overfitting",
    "bootstrap_interval",
    "chance_among",
    "deflated_sharpe",
    "effective_count",
    "effective_trials",
    "expected_maximum",
    "haircut",
    "maximum_quantile",
    "minimum_track_record",
    "orders",
    "percentile_among",
    "probabilistic_sharpe",
    "quick_returns",
    "superior_ability",
    "trial_set",
    "twin_plans",
]
