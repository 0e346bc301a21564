"""Sweeps as the arena knows them: opened with their trials registered, followed while they run, kept when they end."""

from arena.signals.lab.sweeps.follow import begin_sweep, cancel_sweep, end_sweep, report_sweep
from arena.signals.lab.sweeps.model import (
    MOVES,
    Asked,
    BadReport,
    Method,
    NoResult,
    NoSuchSweep,
    Reached,
    RunBy,
    RunElsewhere,
    Status,
    Sweep,
    SweepMoved,
    TrialsMissing,
    sweep_id,
)
from arena.signals.lab.sweeps.news import NEWS
from arena.signals.lab.sweeps.open import open_sweep, reopen_sweep
from arena.signals.lab.sweeps.read import (
    NEWEST,
    ahead_of,
    next_sweep,
    results_of,
    sweep_now,
    sweep_of,
    sweeps_of,
    waiting_of,
)
from arena.signals.lab.sweeps.trials import ENGINE, member_documents, register_members

__all__ = [
    "ENGINE",
    "MOVES",
    "NEWEST",
    "NEWS",
    "Asked",
    "BadReport",
    "Method",
    "NoResult",
    "NoSuchSweep",
    "Reached",
    "RunBy",
    "RunElsewhere",
    "Status",
    "Sweep",
    "SweepMoved",
    "TrialsMissing",
    "ahead_of",
    "begin_sweep",
    "cancel_sweep",
    "end_sweep",
    "member_documents",
    "next_sweep",
    "open_sweep",
    "register_members",
    "reopen_sweep",
    "report_sweep",
    "results_of",
    "sweep_id",
    "sweep_now",
    "sweep_of",
    "sweeps_of",
    "waiting_of",
]
