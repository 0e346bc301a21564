"""What a subscriber has: a subscription, the moves of its status, its facts and errors."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from arena.kit.errors import Conflict, NotFound, Refused
from arena.kit.money import Money

GRACE_DAYS = 3  # access goes on that long after a renewal was declined
DUNNING_DAYS = 7  # after that many days without a successful charge the subscription ends


class Status(StrEnum):
    """incomplete: the first charge is not through. past_due: a renewal is not through."""

    INCOMPLETE = "incomplete"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    ENDED = "ended"


LIVE = (Status.INCOMPLETE, Status.ACTIVE, Status.PAST_DUE)
MOVES: dict[Status, frozenset[Status]] = {
    Status.INCOMPLETE: frozenset({Status.ACTIVE, Status.ENDED}),
    Status.ACTIVE: frozenset({Status.ACTIVE, Status.PAST_DUE, Status.ENDED}),
    Status.PAST_DUE: frozenset({Status.ACTIVE, Status.ENDED}),
    Status.ENDED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Subscription:
    """A person's subscription to one tier of a listing. Times are product time; periods are half-open.

    Price and the platform's share are those of the day of subscribing, whatever the listing says later.
    """

    id: str
    listing_id: str
    feed_id: str
    person_id: str
    tier: str
    amount: Money
    platform_bps: int
    payment_method_id: str
    status: Status
    anchor_day: int
    period_start: datetime | None
    period_end: datetime | None
    charge_at: datetime | None
    access_until: datetime | None
    cancel_at_period_end: bool
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None
    end_reason: str | None


@dataclass(frozen=True, slots=True)
class SubscriptionActivated:
    """The first charge went through; access has begun."""

    subscription_id: str
    listing_id: str
    feed_id: str
    person_id: str
    tier: str
    access_until: datetime

    @property
    def key(self) -> str:
        return self.subscription_id


@dataclass(frozen=True, slots=True)
class SubscriptionRenewed:
    """A further period is paid."""

    subscription_id: str
    feed_id: str
    person_id: str
    period_start: datetime
    access_until: datetime

    @property
    def key(self) -> str:
        return self.subscription_id


@dataclass(frozen=True, slots=True)
class SubscriptionEnded:
    """It is over: canceled, unpaid, declined at the first charge, or the listing was taken down."""

    subscription_id: str
    listing_id: str
    feed_id: str
    person_id: str
    reason: str

    @property
    def key(self) -> str:
        return self.subscription_id


class NoSuchSubscription(NotFound):
    """You have no subscription {subscription_id}; GET /market/subscriptions shows yours."""


class SubscriptionOver(Conflict):
    """Subscription {subscription_id} is {status}; only one that is active or past due takes another card."""


class AlreadySubscribed(Conflict):
    """You have a subscription to this listing already: {subscription_id}, {status}. End it first to take
    another tier."""


class OwnListing(Conflict):
    """Listing {listing_id} is your own: you receive its signals without a subscription."""


class IntentDiffers(Refused):
    """This Idempotency-Key was used before to subscribe to something else; use a new key for a new intent."""


class SeatsTaken(Conflict):
    """All {seats} seats of the tier {tier} are taken; nothing was charged."""


class PriceMoved(Conflict):
    """The tier costs {price} a month meanwhile, not the {agreed} that was agreed to; nothing was charged."""


class CardDeclined(Refused):
    """The card was declined ({decline_code}); nothing was charged and the subscription did not start. Try
    another payment method with a new Idempotency-Key."""

    status = 402
