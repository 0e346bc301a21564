"""What a sweep is as the arena knows it, how it moves, and what can be wrong with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from arena.kit.canonical import document_sha
from arena.kit.errors import Conflict, NotFound, Refused
from arena.kit.ids import derived

Method = Literal["grid", "random", "optimise"]
RunBy = Literal["creator", "arena"]


class Status(StrEnum):
    """Where a sweep stands. What was finished is kept on the machine that runs it, so only `done` is for good."""

    QUEUED = "queued"
    RUNNING = "running"
    INTERRUPTED = "interrupted"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


MOVES: dict[Status, frozenset[Status]] = {
    Status.QUEUED: frozenset({Status.RUNNING, Status.FAILED, Status.CANCELLED}),
    Status.RUNNING: frozenset({Status.DONE, Status.INTERRUPTED, Status.FAILED, Status.CANCELLED}),
    Status.INTERRUPTED: frozenset({Status.QUEUED, Status.RUNNING, Status.CANCELLED}),
    Status.FAILED: frozenset({Status.QUEUED, Status.RUNNING}),
    Status.CANCELLED: frozenset({Status.QUEUED, Status.RUNNING}),
    Status.DONE: frozenset(),
}
UNDER_WAY = frozenset({Status.QUEUED, Status.RUNNING})


@dataclass(frozen=True, slots=True)
class Asked:
    """What is swept, as it was asked for. `space` has the values of every parameter, of one that is not varied its
    only one; of a pair in `less` the first is smaller. `pack` and `policy` are documents of a lineage. `where` says
    where it is run: the arena's candles, or the command that goes on with it."""

    name: str
    model: str
    kind: Literal["rule", "own"]
    code_version: str
    method: Method
    space: Mapping[str, Sequence[int]]
    less: Sequence[tuple[str, str]]
    configurations: int
    seed: int
    pack: Mapping[str, Any]
    policy: Mapping[str, Any]
    where: Mapping[str, Any]

    def document(self) -> dict[str, Any]:
        """As JSON; the space as pairs, for its order is that of the strategy."""
        return {
            "name": self.name, "model": self.model, "kind": self.kind, "code_version": self.code_version,
            "method": self.method, "space": [[name, list(values)] for name, values in self.space.items()],
            "less": [list(pair) for pair in self.less], "configurations": self.configurations, "seed": self.seed,
            "pack": dict(self.pack), "policy": dict(self.policy), "where": dict(self.where),
        }  # fmt: skip

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Asked":
        """From what `document` gave."""
        pairs = [(low, high) for low, high in document["less"]]
        space = {name: tuple(values) for name, values in document["space"]}
        return cls(**{**document, "less": pairs, "space": space})

    @property
    def varied(self) -> tuple[str, ...]:
        """The parameters with more than one value."""
        return tuple(name for name, values in self.space.items() if len(values) > 1)


@dataclass(frozen=True, slots=True)
class Reached:
    """How far a sweep is: configurations done, how many a second, and the best of them (`parameters`, `sharpe`,
    `total_return`), None before there is one."""

    done: int
    per_second: float
    best: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Sweep:
    """A sweep of a collective's model. The four times are the wall's. `why` says why it failed; `summary` is what came
    of it, see `lab.sweep.summary_of`. What a creator's machine tells is his word."""

    id: str
    number: int
    owner_id: str
    collective_id: str
    family_id: str
    run_by: RunBy
    asked: Asked
    status: Status
    reached: Reached
    why: str | None
    summary: Mapping[str, Any] | None
    opened_at: datetime
    started_at: datetime | None
    updated_at: datetime
    ended_at: datetime | None

    @property
    def under_way(self) -> bool:
        return self.status in UNDER_WAY

    @property
    def share(self) -> float:
        """How much of it is done, from 0 to 1."""
        return self.reached.done / self.asked.configurations

    @property
    def seconds_left(self) -> float | None:
        """At the rate of now; None where it does not run or has no rate yet."""
        if self.status is not Status.RUNNING or not self.reached.per_second:
            return None
        return (self.asked.configurations - self.reached.done) / self.reached.per_second


def sweep_id(collective_id: str, run_by: RunBy, asked: Asked) -> str:
    """The id that follows from whose sweep it is and what is swept; its name and place on a disk change nothing."""
    document = asked.document()
    del document["name"]
    if run_by == "creator":
        del document["where"]
    return derived("swp", collective_id, run_by, document_sha(document))


def check_move(status: Status, target: Status) -> None:
    """Raises SweepMoved where MOVES has no such arrow."""
    if target not in MOVES[status]:
        raise SweepMoved(status=status.value, target=target.value)


class NoSuchSweep(NotFound):
    """You have no sweep {sweep_id}; GET /lab/sweeps lists those you have."""


class SweepMoved(Conflict):
    """The sweep is {status} and cannot become {target}. Read it again; opened again, it goes on where it was."""


class RunElsewhere(Conflict):
    """The sweep {sweep_id} is run by {run_by}: only that one tells how far it is."""


class TrialsMissing(Refused):
    """{registered} of these {configurations} configurations are registered as trials on this pack at these costs.
    Register them (POST /lab/trials) before they run, then open the sweep again."""


class BadReport(Refused):
    """This cannot be told of the sweep: {why}."""


class NoResult(NotFound):
    """There are no results of the sweep {sweep_id} here. The arena has them of sweeps it has run to the end itself;
    the others lie where they were run."""
