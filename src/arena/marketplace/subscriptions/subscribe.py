"""Subscribe: a seat is held and the intent written, the card is charged, access begins."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from arena.evidence import audit
from arena.kit.db import Database, Tx
from arena.kit.ids import derived
from arena.kit.money import Money
from arena.marketplace import listings
from arena.marketplace.subscriptions import change_store, coupon_store, store
from arena.marketplace.subscriptions.activate import tell_begun
from arena.marketplace.subscriptions.apply import apply
from arena.marketplace.subscriptions.coupon import Coupon, discounted
from arena.marketplace.subscriptions.discount import usable
from arena.marketplace.subscriptions.model import (
    GRACE_DAYS,
    AlreadySubscribed,
    CardDeclined,
    IntentDiffers,
    NotByThat,
    NoTrial,
    OwnListing,
    PriceMoved,
    SeatsTaken,
    Status,
    Subscription,
    TrialTaken,
)
from arena.marketplace.subscriptions.periods import period_end
from arena.money import billing, buyers
from arena.people.access import Actor


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants: one tier of one listing by the month or the year, paid with one of his cards; on trial
    first, with a coupon's code."""

    listing_id: str
    tier: str
    payment_method_id: str
    period: listings.Period = "month"
    trial: bool = False
    coupon: str | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """`intent` names the call (a repeat has the same); `platform_bps` is the platform's share from now on;
    `price` is what a period costs as the person was shown it, before a coupon, where he was shown one."""

    intent: str
    platform_bps: int
    request_id: str | None = None
    price: Money | None = None
    grace_days: int = GRACE_DAYS
    country_required: bool = False


@dataclass(frozen=True, slots=True)
class Subscribed:
    """The subscription, and where to confirm the charge if the card asks for it."""

    subscription: Subscription
    action_url: str | None = None


async def subscribe(
    db: Database, gateway: billing.Gateway, wish: Wish, *, actor: Actor, terms: Terms
) -> Subscribed:
    """Runs two transactions with the gateway's call between them; a repeat of the intent goes on where the
    first call stopped, and charges nothing twice. A trial charges nothing before its end.

    Raises NoSuchListing, NotOnOffer, NoSuchTier, NotByThat, OwnListing, AlreadySubscribed, SeatsTaken, PriceMoved,
    NoTrial, TrialTaken, CountryUnknown, CouponRefused, PaymentMethodUnknown, IntentDiffers, CardDeclined,
    GatewayUnavailable.
    """
    async with db.transaction() as tx:
        found, attempt = await _intend(tx, gateway, wish, actor=actor, terms=terms)
    if attempt is None:
        return Subscribed(found)
    if found.status is Status.INCOMPLETE:
        if attempt.state == "sending":
            outcome = await billing.collect(gateway, attempt)
            async with db.transaction() as tx:
                attempt = await billing.settle(tx, attempt.id, outcome)
                found = await apply(tx, attempt)
        else:
            async with db.transaction() as tx:
                found = await apply(tx, attempt)
    if found.status is Status.ENDED and attempt.state == "failed":
        raise CardDeclined(decline_code=attempt.decline_code, subscription_id=found.id)
    return Subscribed(found, attempt.action_url if attempt.state == "requires_action" else None)


async def _intend(
    tx: Tx, gateway: billing.Gateway, wish: Wish, *, actor: Actor, terms: Terms
) -> tuple[Subscription, billing.Attempt | None]:
    """The subscription and attempt of this intent: those of the first call, or new ones. A trial has no attempt."""
    subscription_id = derived("sub", terms.intent)
    kept = await store.by_id(tx, subscription_id)
    if kept is None:
        offered, tier = await listings.hold_tier(tx, wish.listing_id, wish.tier)
        # Two calls with the same key meet here, one after the other.
        kept = await store.by_id(tx, subscription_id)
        if kept is None:
            return await _begin(tx, gateway, (wish, offered, tier), actor=actor, terms=terms)
    trial = await store.began_on_trial(tx, kept.id)
    attempt = None if trial else await billing.first_attempt(tx, kept.id)
    # The card of the first charge: the subscription may have got another one since. Its tier as well.
    card = wish.payment_method_id if attempt is None else attempt.charge.payment_method_id
    first = await change_store.of(tx, kept.id)
    tier_then = first[0].from_tier if first else kept.tier
    if (kept.listing_id, tier_then, card, trial) != (
        wish.listing_id,
        wish.tier,
        wish.payment_method_id,
        wish.trial,
    ):
        raise IntentDiffers
    return kept, attempt


async def _begin(
    tx: Tx,
    gateway: billing.Gateway,
    order: tuple[Wish, listings.Listing, listings.Tier],
    *,
    actor: Actor,
    terms: Terms,
) -> tuple[Subscription, billing.Attempt | None]:
    """Holds the seat (the tier is locked) and writes the intent to charge."""
    wish, offered, tier = order
    await _check(tx, offered, tier, actor)
    if terms.country_required:
        await buyers.require_country(tx, actor.id)
    price = _price(wish, tier, terms)
    await billing.payment_method(tx, actor.id, wish.payment_method_id)
    coupon = await _coupon(tx, wish, price, actor)
    new = _new((wish, offered, price), coupon, tx.now, actor=actor, terms=terms)
    if wish.trial:
        new = _on_trial(new, tx.now + timedelta(days=tier.trial_days))
    if not await store.insert(tx, new):
        raise AlreadySubscribed(
            subscription_id="of another tier, begun this moment", status="incomplete"
        )
    if coupon is not None:
        await coupon_store.use(tx, coupon.id, new)
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="subscriptions.subscribe", object=new.id,
        detail={"listing": offered.id, "tier": tier.tier, "amount": str(price), "period": wish.period,
                "trial": wish.trial, "coupon": coupon and coupon.id},
        reason=None, request_id=terms.request_id,
    )  # fmt: skip
    if wish.trial:
        if not await store.take_once(tx, new, "trial"):
            raise TrialTaken(listing_id=offered.id)
        await tell_begun(tx, new)
        return new, None
    charge = billing.NewCharge(
        reference=new.id, period_start=tx.now, person_id=actor.id, payee_id=offered.creator_id,
        payment_method_id=wish.payment_method_id,
        amount=price if coupon is None else discounted(price, coupon), platform_bps=terms.platform_bps,
    )  # fmt: skip
    return new, await billing.begin_charge(tx, charge, gateway=gateway)


def _price(wish: Wish, tier: listings.Tier, terms: Terms) -> Money:
    """What a period costs, as it was agreed to. Raises NotByThat, NoTrial, PriceMoved."""
    price = tier.price(wish.period)
    if price is None:
        raise NotByThat(tier=tier.tier, period=wish.period)
    if wish.trial and not tier.trial_days:
        raise NoTrial(tier=tier.tier)
    if terms.price is not None and terms.price != price:
        raise PriceMoved(price=str(price), agreed=str(terms.price))
    return price


async def _coupon(tx: Tx, wish: Wish, price: Money, actor: Actor) -> Coupon | None:
    if wish.coupon is None:
        return None
    return await usable(
        tx, wish.coupon, listing_id=wish.listing_id, person_id=actor.id, price=price
    )


def _new(
    what: tuple[Wish, listings.Listing, Money],
    coupon: Coupon | None,
    now: datetime,
    *,
    actor: Actor,
    terms: Terms,
) -> Subscription:
    wish, offered, price = what
    return Subscription(
        id=derived("sub", terms.intent), listing_id=offered.id, feed_id=offered.feed_id,
        person_id=actor.id, tier=wish.tier, amount=price, platform_bps=terms.platform_bps,
        payment_method_id=wish.payment_method_id, status=Status.INCOMPLETE, anchor_day=now.day,
        period_start=now, period_end=period_end(now, now.day, wish.period), charge_at=None, access_until=None,
        cancel_at_period_end=False, created_at=now, updated_at=now, ended_at=None, end_reason=None,
        period=wish.period, paid=Money(0, price.currency), agreed_at=now, grace_days=terms.grace_days,
        past_due_since=None, trial=False, coupon_id=coupon.id if coupon else None,
        coupon_left=coupon.charges if coupon else 0,
        team_seats=next(tier.team_seats for tier in offered.tiers if tier.tier == wish.tier),
    )  # fmt: skip


def _on_trial(new: Subscription, until: datetime) -> Subscription:
    """Active until the trial ends, when the first period is charged; access does not break while that goes on."""
    return replace(
        new, status=Status.ACTIVE, trial=True, period_end=until, charge_at=until, anchor_day=until.day,
        access_until=until + timedelta(days=new.grace_days),
    )  # fmt: skip


async def _check(tx: Tx, offered: listings.Listing, tier: listings.Tier, actor: Actor) -> None:
    if offered.status is not listings.Status.LISTED:
        raise listings.NotOnOffer(listing_id=offered.id, status=offered.status.value)
    if await listings.owns(tx, actor, offered.feed_id):
        raise OwnListing(listing_id=offered.id)
    live = await store.live_of(tx, actor.id, offered.id)
    if live is not None:
        raise AlreadySubscribed(subscription_id=live.id, status=live.status.value)
    if tier.seats is not None and await store.seats_taken(tx, offered.id, tier.tier) >= tier.seats:
        raise SeatsTaken(tier=tier.tier, seats=tier.seats)
