"""Complimentary access: who gave what to whom until when, its moves, facts and errors."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from arena.kit.errors import Conflict, Forbidden, NotFound, Refused

LINK_DAYS = 14  # an invitation can be claimed so long, by the wall clock
DAYS_MAX = 366  # its last day lies ahead at most so far


class State(StrEnum):
    """invited: a letter with a link went out. claimed: somebody receives the signals. ended: its day is over, nobody
    claimed it in time, or it was revoked or given back."""

    INVITED = "invited"
    CLAIMED = "claimed"
    ENDED = "ended"


MOVES: dict[State, frozenset[State]] = {
    State.INVITED: frozenset({State.CLAIMED, State.ENDED}),
    State.CLAIMED: frozenset({State.ENDED}),
    State.ENDED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be given: a tier of the listing to whoever answers at an address, through a last day (UTC, product
    time); and why, for the listing's creator and operators alone."""

    listing_id: str
    email: str
    tier: str
    last_day: date
    reason: str


@dataclass(frozen=True, slots=True)
class Complimentary:
    """Product time, but for `link_until`, which is the wall's: until then the link of an invitation works. `until` is
    the midnight after the last day. `given_by` is a person or a collective."""

    id: str
    listing_id: str
    feed_id: str
    tier: str
    email: str
    reason: str
    given_by: str
    by_operator: bool
    state: State
    invited_at: datetime
    until: datetime
    link_until: datetime
    person_id: str | None = None
    claimed_at: datetime | None = None
    ended_at: datetime | None = None
    end_reason: str | None = None


@dataclass(frozen=True, slots=True)
class ComplimentaryInvited:
    """A letter with the link is to be sent; the link follows from the id and the vault."""

    complimentary_id: str
    listing_id: str

    @property
    def key(self) -> str:
        return self.complimentary_id


@dataclass(frozen=True, slots=True)
class ComplimentaryClaimed:
    """Somebody claimed it: he receives the listing's signals for nothing."""

    complimentary_id: str
    listing_id: str
    feed_id: str
    person_id: str

    @property
    def key(self) -> str:
        return self.complimentary_id


@dataclass(frozen=True, slots=True)
class ComplimentaryEnded:
    """What somebody had claimed is over: over, revoked, given_back, or moderation."""

    complimentary_id: str
    listing_id: str
    feed_id: str
    person_id: str
    reason: str

    @property
    def key(self) -> str:
        return self.complimentary_id


class NotYoursToGive(Forbidden):
    """Listing {listing_id} is not yours: only its owner or an operator gives access to it for nothing."""


class NoSuchComplimentary(NotFound):
    """There is no complimentary access {complimentary_id} of yours. GET /market/listings/…/complimentary shows what a
    listing's creator gave, GET /market/complimentary what you have."""


class LastDayOutOfBounds(Refused):
    """The last day is from {first} to {last}, both included, by the arena's time."""


class ComplimentaryFull(Conflict):
    """{open} are open at this listing, and {most} can be; revoke one first, or wait until one is over."""


class ComplimentaryTaken(Conflict):
    """{email} has complimentary access to this listing already: {complimentary_id}. Revoke it first to change it."""


class ComplimentaryTierFull(Conflict):
    """All {seats} seats of the tier {tier} are taken. The link works when one is free, as long as it is valid."""


class AlreadyComplimentary(Conflict):
    """You have complimentary access to this listing already: {complimentary_id}."""


class ComplimentaryToYourself(Conflict):
    """Nobody gives complimentary access to himself; a listing's owner receives its signals anyway."""


class ComplimentaryLinkOver(Forbidden):
    """This invitation cannot be used any more: it was claimed, revoked, or is too old. Ask for a new one."""
