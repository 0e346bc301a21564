"""The register of trials: how many configurations were tried before one was shown."""

from arena.signals.lab.trials.model import (
    TRIALS_MAX,
    BadFigures,
    BadTrial,
    Configuration,
    Family,
    Figures,
    NoSuchFamily,
    ResultKept,
    TooManyTrials,
    Trial,
    TrialKind,
    TrialNotRegistered,
    Vouched,
    family_id,
    root_of,
)
from arena.signals.lab.trials.read import (
    count_trials,
    families_of,
    family,
    family_of,
    sharpe_ratios,
    trial,
    trials,
)
from arena.signals.lab.trials.record import record_results
from arena.signals.lab.trials.register import register_trials

__all__ = [
    "TRIALS_MAX",
    "BadFigures",
    "BadTrial",
    "Configuration",
    "Family",
    "Figures",
    "NoSuchFamily",
    "ResultKept",
    "TooManyTrials",
    "Trial",
    "TrialKind",
    "TrialNotRegistered",
    "Vouched",
    "count_trials",
    "families_of",
    "family",
    "family_id",
    "family_of",
    "record_results",
    "register_trials",
    "root_of",
    "sharpe_ratios",
    "trial",
    "trials",
]
