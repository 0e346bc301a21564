"""What moderation keeps: cases, the fact of a take-down, its errors."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from arena.kit.errors import Conflict, NotFound

State = Literal["open", "approved", "rejected"]


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
