"""What a subscriber has: a subscription, the moves of its status, its facts and errors."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from arena.kit.errors import Conflict, NotFound, Refused
from arena.kit.money import Money
from arena.marketplace.listings import Period

GRACE_DAYS = 3  # access goes on that long after a renewal was declined, where nothing else is set
RETRY_DAYS = (1, 4, 9, 16)  # after the first decline: 1, 3, 5 and 7 days apart
DUNNING_DAYS = RETRY_DAYS[-1]  # where the last retry fails as well, the subscription ends
NOTICE_DAYS = 7  # a price counts for a renewal that stood so long before it
COOLING_OFF_DAYS = 14  # so long after the first charge it can be undone, if nothing was delivered
PAUSE_MONTHS_MAX = 3  # a pause goes on by itself after that, at the latest
RESUME_NOTICE_DAYS = 7  # its person is told so long before
CHARGE_MIN = 50  # minor units: gateways take nothing smaller, so less is not asked for


class Status(StrEnum):
    """incomplete: the first charge is not through. past_due: a renewal is not through. paused: nothing is charged and
    nothing received, until its person resumes it or the pause is over."""

    INCOMPLETE = "incomplete"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    PAUSED = "paused"
    ENDED = "ended"


LIVE = (Status.INCOMPLETE, Status.ACTIVE, Status.PAST_DUE, Status.PAUSED)
MOVES: dict[Status, frozenset[Status]] = {
    Status.INCOMPLETE: frozenset({Status.ACTIVE, Status.ENDED}),
    Status.ACTIVE: frozenset({Status.ACTIVE, Status.PAST_DUE, Status.PAUSED, Status.ENDED}),
    Status.PAST_DUE: frozenset({Status.ACTIVE, Status.ENDED}),
    Status.PAUSED: frozenset({Status.ACTIVE, Status.PAST_DUE, Status.ENDED}),
    Status.ENDED: frozenset(),
}


class ChangeState(StrEnum):
    """charging: its charge is under way. scheduled: it comes with the next period. lapsed: that never came."""

    CHARGING = "charging"
    SCHEDULED = "scheduled"
    DONE = "done"
    FAILED = "failed"
    UNDONE = "undone"
    LAPSED = "lapsed"


CHANGE_MOVES: dict[ChangeState, frozenset[ChangeState]] = {
    ChangeState.CHARGING: frozenset({ChangeState.DONE, ChangeState.FAILED}),
    ChangeState.SCHEDULED: frozenset({ChangeState.DONE, ChangeState.UNDONE, ChangeState.LAPSED}),
    ChangeState.DONE: frozenset(),
    ChangeState.FAILED: frozenset(),
    ChangeState.UNDONE: frozenset(),
    ChangeState.LAPSED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Subscription:
    """A person's subscription to one tier of a listing. Times are product time; periods are half-open.

    `amount` is the price of the next period, as its person last agreed to it (`agreed_at`), and the platform's share
    that of the day of subscribing, whatever the listing says later. `pause_months`: while active, a pause of so many
    months comes with the period's end; a paused one's period is the pause. `team_seats` are those of an Enterprise
    subscriber, as they were when he last chose the tier. `paid` is what the whole running period costs at
    what was paid for it: nothing on trial, less with a coupon, the new tier's price after an upgrade.
    `disputed_since` is when the first of its open disputes was opened, `resumed_at` when the last one was won.
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
    period: Period
    paid: Money
    agreed_at: datetime
    grace_days: int
    past_due_since: datetime | None
    trial: bool
    coupon_id: str | None
    coupon_left: int
    pause_months: int | None = None
    team_seats: int = 0
    disputed_since: datetime | None = None
    resumed_at: datetime | None = None

    @property
    def disputed(self) -> bool:
        """Whether its bank holds a charge of it: no access and no charge meanwhile, whatever else it says."""
        return self.disputed_since is not None

    @property
    def access_ends(self) -> datetime | None:
        """When access ends, or ended, if nothing happens."""
        if self.access_until is None or self.disputed_since is None:
            return self.access_until
        return min(self.access_until, self.disputed_since)


@dataclass(frozen=True, slots=True)
class Change:
    """A change of tier or period. `amount` is a period's price from then on, `charge` what it takes at once, reckoned
    for the moment `at` of the period that began at `period_start`."""

    id: str
    subscription_id: str
    listing_id: str
    state: ChangeState
    from_tier: str
    tier: str
    from_period: Period
    period: Period
    amount: Money
    charge: Money
    period_start: datetime
    at: datetime
    created_at: datetime
    settled_at: datetime | None = None


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
class SubscriptionFellBehind:
    """A renewal did not go through. Access lasts until `access_until`; `retry_at` is when it is tried again."""

    subscription_id: str
    listing_id: str
    person_id: str
    reason: str
    access_until: datetime | None
    retry_at: datetime

    @property
    def key(self) -> str:
        return self.subscription_id


@dataclass(frozen=True, slots=True)
class RetryFailed:
    """What is past due was tried again, by `attempt_id`, in vain. The next try is at `retry_at`; after the `last` one
    it ends. Access lasts, or lasted, until `access_until`."""

    subscription_id: str
    listing_id: str
    person_id: str
    attempt_id: str
    reason: str
    access_until: datetime | None
    retry_at: datetime
    last: bool

    @property
    def key(self) -> str:
        return self.subscription_id


@dataclass(frozen=True, slots=True)
class SubscriptionChanged:
    """Another tier holds from now on."""

    subscription_id: str
    listing_id: str
    feed_id: str
    person_id: str
    from_tier: str
    tier: str

    @property
    def key(self) -> str:
        return self.subscription_id


@dataclass(frozen=True, slots=True)
class SubscriptionPaused:
    """Its period is over and a pause has begun: nothing is charged before `resumes_at`."""

    subscription_id: str
    listing_id: str
    person_id: str
    resumes_at: datetime

    @property
    def key(self) -> str:
        return self.subscription_id


@dataclass(frozen=True, slots=True)
class SubscriptionResumesSoon:
    """The pause ends at `resumes_at`, and the next period is charged then."""

    subscription_id: str
    listing_id: str
    person_id: str
    resumes_at: datetime

    @property
    def key(self) -> str:
        return self.subscription_id


@dataclass(frozen=True, slots=True)
class RenewalCostsMore:
    """The listing asks more than was agreed; without consent the subscription ends on `ends_at`. Minor units."""

    subscription_id: str
    listing_id: str
    person_id: str
    agreed: int
    asked: int
    currency: str
    ends_at: datetime

    @property
    def key(self) -> str:
        return self.subscription_id


@dataclass(frozen=True, slots=True)
class SubscriptionEnded:
    """It is over: canceled, unpaid, declined at the first charge, price not agreed to, cooled off, or the listing was
    taken down or delisted."""

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
    """You have a subscription to this listing already: {subscription_id}, {status}. Its tier is changed with
    POST /market/subscriptions/{subscription_id}/change."""


class NotRunning(Conflict):
    """Subscription {subscription_id} is {status}; only an active one can be changed. Pay what is due first, or
    subscribe anew."""


class OnTrial(Conflict):
    """Subscription {subscription_id} is on trial; another tier can be taken once its first period is paid."""


class EndsAnyway(Conflict):
    """Subscription {subscription_id} ends with its period; take that back first, then change it."""


class PausesSoon(Conflict):
    """Subscription {subscription_id} pauses with its period; take that back first."""


class NotPaused(Conflict):
    """Subscription {subscription_id} is {status}, not paused; there is nothing to resume."""


class NotAgreed(Conflict):
    """Subscription {subscription_id} costs {asked} by now, and {agreed} were agreed to; nothing was charged. Agree to
    the new price first, with POST /market/subscriptions/{subscription_id}/price."""


class ChangeOpen(Conflict):
    """Change {change_id} of this subscription is {state}; confirm it, or take it back with
    POST /market/subscriptions/{subscription_id}/undo first."""


class NothingToChange(Refused):
    """That is what this subscription is already: {tier} by the {period}."""


class NotByThat(Refused):
    """The tier {tier} is not sold by the {period}."""


class ProrationMoved(Conflict):
    """The change would cost {charge} now, not the {agreed} that was agreed to; nothing was charged. Ask for its price
    again and repeat."""


class ChangeDeclined(Refused):
    """The card was declined ({decline_code}); nothing was charged and the tier stays. Choose another card first."""

    status = 402


class NothingToUndo(Conflict):
    """Subscription {subscription_id} is neither canceled nor about to change or pause, or its period is over."""


class PriceNotAsked(Conflict):
    """The listing asks {asked}, not the {agreed} that was agreed to; nothing was changed. Look at the price again."""


class TrialTaken(Conflict):
    """You had a trial of listing {listing_id}; a person has one, once. Subscribe without."""


class NoTrial(Refused):
    """The tier {tier} has no trial; subscribe without."""


class NoCoolingOff(Refused):
    """This cannot be paid back: {why}. You may cancel; access then lasts to the end of what is paid."""


class OwnListing(Conflict):
    """Listing {listing_id} is your own: you receive its signals without a subscription."""


class IntentDiffers(Refused):
    """This Idempotency-Key was used before to subscribe to something else; use a new key for a new intent."""


class SeatsTaken(Conflict):
    """All {seats} seats of the tier {tier} are taken; nothing was charged."""


class PriceMoved(Conflict):
    """The tier costs {price} meanwhile, not the {agreed} that was agreed to; nothing was charged."""


class CardDeclined(Refused):
    """The card was declined ({decline_code}); nothing was charged and the subscription did not start. Try
    another payment method with a new Idempotency-Key."""

    status = 402
