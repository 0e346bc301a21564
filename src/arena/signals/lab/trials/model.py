"""What a trial is: one configuration of a model, registered before it runs; and what came of it.

Whoever tries a hundred configurations and shows the best one has shown luck. So the number of trials of a model's
family is counted, and cannot be made smaller: trials are registered first, never removed, and their number is in the
transparency log. Figures are labelled by who vouches for them. Only *reproduced* ones, which the arena has computed
itself from the registered configuration, may count for trust; *self-reported* ones are shown and count for nothing.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Self

from arena.kit.canonical import document_sha
from arena.kit.errors import Conflict, NotFound, Refused
from arena.kit.ids import derived
from arena.signals.feeds import Lineage

TrialKind = Literal["backtest", "walk_forward", "sweep_member"]
Vouched = Literal["reproduced", "self_reported"]
TRIALS_MAX = 20_000
"""In one registration: it is one transaction."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """All that a back-test's figures follow from: the four documents, the windows of a walk-forward (None: one run
    over the whole span), the seed and the version of the engine."""

    lineage: Lineage
    engine_version: str
    seed: int = 0
    windows: Mapping[str, Any] | None = None

    def document(self) -> dict[str, Any]:
        return {
            "version": "1",
            "lineage": self.lineage.as_dict(),
            "engine_version": self.engine_version,
            "seed": self.seed,
            "windows": None if self.windows is None else dict(self.windows),
        }

    @property
    def sha(self) -> str:
        """SHA-256 (hex) of the canonical document: the trial's name. Raises ValueError where there is none."""
        return document_sha(self.document())


@dataclass(frozen=True, slots=True)
class Figures:
    """A run in a few numbers, net of costs. Fractions; `sharpe` is annual, None where not defined; `periods` is how
    many returns it is made of, `returns_sha` the SHA-256 of the file that has them all."""

    net_return: float
    sharpe: float | None
    max_drawdown: float
    trades: int
    periods: int
    returns_sha: str | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """A registered configuration. `registered_at` is product time, `recorded_at` the wall's. The entry at `log_index`
    of the transparency log names the registration's root."""

    sha: str
    owner_id: str
    family_id: str
    model: str
    kind: TrialKind
    configuration: Configuration
    registration_id: str
    root: str
    log_index: int
    registered_at: datetime
    recorded_at: datetime
    number: int
    figures: Mapping[Vouched, Figures]

    @property
    def vouched(self) -> Vouched:
        """Self-reported until the arena has run it itself."""
        return "reproduced" if "reproduced" in self.figures else "self_reported"


@dataclass(frozen=True, slots=True)
class Batch:
    """New configurations of one family, registered together: by their hashes, which `root` digests."""

    id: str
    family_id: str
    owner_id: str
    model: str
    kind: TrialKind
    new: Mapping[str, Configuration]
    root: str

    @classmethod
    def of(
        cls, owner_id: str, model: str, new: Mapping[str, Configuration], kind: TrialKind
    ) -> Self:
        family, root = family_id(owner_id, model), root_of(list(new))
        return cls(derived("trg", family, root), family, owner_id, model, kind, new, root)


@dataclass(frozen=True, slots=True)
class Family:
    """All trials of one owner under one model's name. `trials` are distinct configurations, `reproduced` those the
    arena has run itself; `owner_trials` are those of all of the owner's families, whatever their names. Product
    times; None where nothing is registered."""

    id: str
    owner_id: str
    model: str
    trials: int
    owner_trials: int
    reproduced: int
    first_at: datetime | None
    last_at: datetime | None


def family_id(owner_id: str, model: str) -> str:
    """The id of the owner's trials under this model's name."""
    return derived("fam", owner_id, model)


def root_of(shas: Sequence[str]) -> str:
    """SHA-256 (hex) over the hashes, sorted, 32 bytes each."""
    return hashlib.sha256(b"".join(bytes.fromhex(sha) for sha in sorted(shas))).hexdigest()


class NoSuchFamily(NotFound):
    """Nothing is registered under the family {family_id}; the listing's `trials` names its own."""


class TrialNotRegistered(NotFound):
    """You have not registered the trial {sha}; register a configuration (POST /lab/trials) before you run it."""


class TooManyTrials(Refused):
    """{count} trials are too many for one registration; send at most {most} at a time."""


class BadTrial(Refused):
    """The configuration at place {place} cannot be registered: {why}."""


class BadFigures(Refused):
    """These figures of trial {sha} cannot be: {why}."""


class ResultKept(Conflict):
    """Other figures are kept for trial {sha}. A result is written once; run another configuration, or keep this one."""
