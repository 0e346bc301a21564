"""The phases of a record: what kind of evidence each stretch of a curve is, named and shaded differently."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from arena.web.page.words import N_

PhaseKind = Literal["backtest", "burn_in", "forward", "live"]
NAMES: dict[PhaseKind, str] = {
    "backtest": N_("back-test"),
    "burn_in": N_("burn-in"),
    "forward": N_("forward, on offer"),
    "live": N_("live"),
}


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of one kind, from `start` to `end`. Phases of a curve follow each other without gaps."""

    kind: PhaseKind
    start: datetime
    end: datetime
