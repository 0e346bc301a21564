"""A feed the arena decides for by its owner's code: how it stands, how it ends, and how it may be refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from arena.kit.errors import Conflict, NotFound, Refused, Unavailable

FAILURES_MAX = 3
"""Bars in a row at which it may fail; then it is given up."""


class HostingStatus(StrEnum):
    """Whether the arena still decides for the feed."""

    RUNNING = "running"
    STOPPED = "stopped"
    FAILED = "failed"


MOVES: dict[HostingStatus, frozenset[HostingStatus]] = {
    HostingStatus.RUNNING: frozenset({HostingStatus.STOPPED, HostingStatus.FAILED}),
    HostingStatus.STOPPED: frozenset(),
    HostingStatus.FAILED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Hosting:
    """One span for which the arena decides for a feed, by the source's code, and signs with the key it made for that.
    Product times; `busy_ms` by the wall clock, of `decisions`; `memory_kb` is what its process holds for itself alone;
    `failures` are those in a row. `why` is why it ended."""

    id: str
    feed_id: str
    source_id: str
    owner_id: str
    key_id: str
    model_config_sha: str
    policy_sha: str
    status: HostingStatus
    begun_by: str
    begun_at: datetime
    decided_at: datetime | None
    decisions: int
    failures: int
    busy_ms: int
    memory_kb: int
    ended_at: datetime | None
    ended_by: str | None
    why: str | None


@dataclass(frozen=True, slots=True)
class Due:
    """A hosting that has a bar to decide on, and how its feed stands; `weight` is the feed's last target."""

    hosting: Hosting
    is_open: bool
    collective_id: str
    instrument: str
    tick: Decimal
    lineage: Mapping[str, str]
    last_sequence: int
    last_hash: str
    weight: Decimal


@dataclass(frozen=True, slots=True)
class HostingFailed:
    """The arena has given up deciding for a feed: its strategy failed at too many bars in a row."""

    hosting_id: str
    feed_id: str

    @property
    def key(self) -> str:
        return self.feed_id


class NotAnOwnModel(Refused):
    """The feed {feed} does not go by a strategy of your own: the model configuration of its lineage must be of the kind
    `own` and name your code. Give the feed the lineage of a card of that strategy."""


class OtherInterval(Refused):
    """The model of the feed {feed} decides on bars of {wanted} s, and this arena plays bars of {played} s."""


class TooManyHosted(Conflict):
    """The arena decides for {limit} feeds of yours already, which is as many as its operator allows; stop one first."""


class CannotHostNow(Unavailable):
    """This arena cannot host strategies at the moment: {why}. Its operator sees that, too; try again later, or run the
    strategy yourself."""


class NoSuchHosting(NotFound):
    """The arena has never decided for the feed {feed}."""
