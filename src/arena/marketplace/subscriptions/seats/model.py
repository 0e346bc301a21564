"""A seat of an Enterprise subscription: who was invited, who claimed it, its moves, facts and errors."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from arena.kit.errors import Conflict, Forbidden, NotFound, Refused

LINK_DAYS = 14  # an invitation can be claimed so long, by the wall clock
INVITED_MAX = 200  # invitations of one subscription that are open at once


class State(StrEnum):
    """invited: a letter with a link went out; it holds no seat yet. claimed: it does. ended: revoked, or given back."""

    INVITED = "invited"
    CLAIMED = "claimed"
    ENDED = "ended"


MOVES: dict[State, frozenset[State]] = {
    State.INVITED: frozenset({State.CLAIMED, State.ENDED}),
    State.CLAIMED: frozenset({State.ENDED}),
    State.ENDED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Seat:
    """Product time, but for `link_until`, which is the wall's: until then the link of an invitation works."""

    id: str
    subscription_id: str
    listing_id: str
    feed_id: str
    email: str
    state: State
    invited_at: datetime
    link_until: datetime
    person_id: str | None
    claimed_at: datetime | None
    ended_at: datetime | None
    end_reason: str | None


@dataclass(frozen=True, slots=True)
class SeatInvited:
    """A letter with the seat's link is to be sent; the link follows from the id and the vault."""

    seat_id: str
    subscription_id: str

    @property
    def key(self) -> str:
        return self.subscription_id


@dataclass(frozen=True, slots=True)
class SeatClaimed:
    """Somebody took the seat: he receives what its subscriber does."""

    seat_id: str
    subscription_id: str
    feed_id: str
    person_id: str

    @property
    def key(self) -> str:
        return self.subscription_id


@dataclass(frozen=True, slots=True)
class SeatRevoked:
    """A claimed seat is over: revoked, given back, or one of more than the subscription has now."""

    seat_id: str
    subscription_id: str
    feed_id: str
    person_id: str
    reason: str

    @property
    def key(self) -> str:
        return self.subscription_id


class NotYourSeat(NotFound):
    """There is no seat {seat_id} of yours; GET /market/subscriptions/…/seats shows those of a subscription."""


class NoSeats(Refused):
    """Subscription {subscription_id} has no seats for others: they come with a listing's Enterprise tier."""


class SubscriptionStopped(Conflict):
    """Subscription {subscription_id} does not run ({status}), so nobody can be let in by it."""


class SeatsFull(Conflict):
    """All {seats} seats of this subscription are taken. Its owner can free one, and the link works then."""


class TooManyInvited(Conflict):
    """{invited} invitations are open, the most there can be; revoke some first."""


class AlreadyInvited(Conflict):
    """{email} was invited already, or holds a seat: {seat_id}, {state}."""


class AlreadySeated(Conflict):
    """You hold a seat of this subscription already: {seat_id}."""


class SeatOfYourOwn(Conflict):
    """This is your own subscription: you receive its signals without a seat."""


class SeatLinkOver(Forbidden):
    """This invitation cannot be used any more: it was claimed, revoked, or is too old. Ask for a new one."""
