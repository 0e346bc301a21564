"""What moderation keeps: cases, the fact of a take-down, its errors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from arena.kit.errors import Conflict, Forbidden, NotFound

State = Literal["open", "approved", "rejected"]
SEEN = "moderation.seen"  # the audit trail's word for a version that was looked at


@dataclass(frozen=True, slots=True)
class Case:
    """A submission a moderator decides on, with the gates as they stood. Times are product time."""

    id: str
    listing_id: str
    version: int
    state: State
    gates: Sequence[Mapping[str, Any]]
    submitted_by: str
    submitted_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Submitted:
    """A case as the queue shows it: with what was handed in, whose it is, and how often it was handed in before."""

    case: Case
    title: str
    instrument: str
    creator_id: str
    creator: str
    earlier: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for a moderator: open cases, and listings on offer whose words nobody has looked at since."""

    cases: int
    oldest_at: datetime | None
    changed: int
    changed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Changed:
    """A listing on the market whose words are newer than those a moderator has looked at.

    `reviewed` is the version approved or seen last, `changed_at` the product time of the newest one.
    """

    listing_id: str
    title: str
    status: str
    creator_id: str
    creator: str
    version: int
    reviewed: int
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class ListingTakenDown:
    """A moderator took a listing off the market at once."""

    listing_id: str
    feed_id: str
    reason: str

    @property
    def key(self) -> str:
        return self.listing_id


class NoSuchCase(NotFound):
    """There is no moderation case {case_id}; GET /moderation/queue shows those that are open."""


class CaseDecided(Conflict):
    """Case {case_id} is {state} already; nothing was changed."""


class OwnCase(Forbidden):
    """Nobody reviews what is their own: listing {listing_id} is yours, or you handed it in. Another operator
    has to decide; where there is none, give somebody the role with POST /people/{{person_id}}/roles."""
