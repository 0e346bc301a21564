"""Strategies of one's own: loaded, checked for look-ahead, and hosted behind walls."""

from arena.signals.lab.own.agreement import check_plan
from arena.signals.lab.own.checks import Check, run_checks
from arena.signals.lab.own.host import Host, Hosted, hosted_run, try_hosting
from arena.signals.lab.own.load import code_sha, load_source, load_strategy
from arena.signals.lab.own.lookahead import Looked, TooFewToLook, check_lookahead
from arena.signals.lab.own.model import (
    BadStrategy,
    CannotHost,
    Limits,
    LooksAhead,
    NotRepeatable,
    PlanDisagrees,
    StrategyFailed,
    StrategyForbidden,
    StrategyTooLarge,
    StrategyTooSlow,
)
from arena.signals.lab.own.source import Source, read_source

__all__ = [
    "BadStrategy",
    "CannotHost",
    "Check",
    "Host",
    "Hosted",
    "Limits",
    "Looked",
    "LooksAhead",
    "NotRepeatable",
    "PlanDisagrees",
    "Source",
    "StrategyFailed",
    "StrategyForbidden",
    "StrategyTooLarge",
    "StrategyTooSlow",
    "TooFewToLook",
    "check_lookahead",
    "check_plan",
    "code_sha",
    "hosted_run",
    "load_source",
    "load_strategy",
    "read_source",
    "run_checks",
    "try_hosting",
]
