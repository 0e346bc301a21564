"""A listing's free tier, who follows by it, and the ways of being refused."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from arena.kit.errors import Conflict, NotFound, Refused


class _Settings(Protocol):
    @property
    def free_delay_hours_min(self) -> int: ...

    @property
    def free_delay_hours_max(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Bounds:
    """Between what a creator may choose the delay; the operator sets them, in whole hours."""

    least: timedelta
    most: timedelta

    @classmethod
    def of(cls, settings: _Settings) -> "Bounds":
        return cls(
            timedelta(hours=settings.free_delay_hours_min),
            timedelta(hours=settings.free_delay_hours_max),
        )


@dataclass(frozen=True, slots=True)
class Offer:
    """A listing's free tier. `delay` is how much later than subscribers a follower is given each signal; None: there
    is no free tier. `at` is when that was said, product time."""

    listing_id: str
    delay: timedelta | None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Follow:
    """Somebody follows a listing for free. Product time."""

    id: str
    listing_id: str
    feed_id: str
    person_id: str
    at: datetime
    ended_at: datetime | None
    end_reason: str | None


class DelayOutOfBounds(Refused):
    """A free tier is {least} to {most} hours late, in whole hours; that is what the operator allows."""


class NoFreeTier(Conflict):
    """Listing {listing_id} has no free tier that is open; its tiers are shown by GET /market/listings/{listing_id}."""


class AlreadyBetter(Conflict):
    """You receive the signals of listing {listing_id} sooner than a free follower would: {reason}, {tier}."""


class NotFollowing(NotFound):
    """You do not follow listing {listing_id} for free."""
