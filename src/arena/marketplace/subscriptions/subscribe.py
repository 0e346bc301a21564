"""Subscribe: a seat is held and the intent written, the card is charged, access begins."""

from dataclasses import dataclass

from arena.evidence import audit
from arena.kit.db import Database, Tx
from arena.kit.ids import derived
from arena.kit.money import Money
from arena.marketplace import listings
from arena.marketplace.subscriptions import store
from arena.marketplace.subscriptions.apply import apply
from arena.marketplace.subscriptions.model import (
    AlreadySubscribed,
    CardDeclined,
    IntentDiffers,
    OwnListing,
    PriceMoved,
    SeatsTaken,
    Status,
    Subscription,
)
from arena.marketplace.subscriptions.periods import period_end
from arena.money import billing
from arena.people.access import Actor


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants: one tier of one listing, paid with one of his cards."""

    listing_id: str
    tier: str
    payment_method_id: str


@dataclass(frozen=True, slots=True)
class Terms:
    """`intent` names the call (a repeat has the same); `platform_bps` is the platform's share from now on;
    `price` is what the person agreed to, where he was shown one."""

    intent: str
    platform_bps: int
    request_id: str | None = None
    price: Money | None = None


@dataclass(frozen=True, slots=True)
class Subscribed:
    """The subscription, and where to confirm the charge if the card asks for it."""

    subscription: Subscription
    action_url: str | None = None


async def subscribe(
    db: Database, gateway: billing.Gateway, wish: Wish, *, actor: Actor, terms: Terms
) -> Subscribed:
    """Runs two transactions with the gateway's call between them; a repeat of the intent goes on where the
    first call stopped, and charges nothing twice.

    Raises NoSuchListing, NotOnOffer, NoSuchTier, OwnListing, AlreadySubscribed, SeatsTaken, PriceMoved,
    PaymentMethodUnknown, IntentDiffers, CardDeclined, GatewayUnavailable.
    """
    async with db.transaction() as tx:
        found, attempt = await _intend(tx, gateway, wish, actor=actor, terms=terms)
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
) -> tuple[Subscription, billing.Attempt]:
    """The subscription and attempt of this intent: those of the first call, or new ones."""
    subscription_id = derived("sub", terms.intent)
    kept = await store.by_id(tx, subscription_id)
    if kept is None:
        offered, tier = await listings.hold_tier(tx, wish.listing_id, wish.tier)
        # Two calls with the same key meet here, one after the other.
        kept = await store.by_id(tx, subscription_id)
        if kept is None:
            return await _begin(tx, gateway, (wish, offered, tier), actor=actor, terms=terms)
    attempt = await billing.first_attempt(tx, kept.id)
    # The card of the first charge: the subscription may have got another one since.
    if (kept.listing_id, kept.tier, attempt.charge.payment_method_id) != (
        wish.listing_id,
        wish.tier,
        wish.payment_method_id,
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
) -> tuple[Subscription, billing.Attempt]:
    """Holds the seat (the tier is locked) and writes the intent to charge."""
    wish, offered, tier = order
    await _check(tx, offered, tier, actor)
    if terms.price is not None and terms.price != tier.amount:
        raise PriceMoved(price=str(tier.amount), agreed=str(terms.price))
    await billing.payment_method(tx, actor.id, wish.payment_method_id)
    new = Subscription(
        id=derived("sub", terms.intent), listing_id=offered.id, feed_id=offered.feed_id,
        person_id=actor.id, tier=tier.tier, amount=tier.amount, platform_bps=terms.platform_bps,
        payment_method_id=wish.payment_method_id, status=Status.INCOMPLETE, anchor_day=tx.now.day,
        period_start=tx.now, period_end=period_end(tx.now, tx.now.day), charge_at=None, access_until=None,
        cancel_at_period_end=False, created_at=tx.now, updated_at=tx.now, ended_at=None, end_reason=None,
    )  # fmt: skip
    if not await store.insert(tx, new):
        raise AlreadySubscribed(
            subscription_id="of another tier, begun this moment", status="incomplete"
        )
    charge = billing.NewCharge(
        reference=new.id, period_start=tx.now, person_id=actor.id, payee_id=offered.creator_id,
        payment_method_id=wish.payment_method_id, amount=tier.amount, platform_bps=terms.platform_bps,
    )  # fmt: skip
    attempt = await billing.begin_charge(tx, charge, gateway=gateway)
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="subscriptions.subscribe", object=new.id,
        detail={"listing": offered.id, "tier": tier.tier, "amount": str(tier.amount)},
        reason=None, request_id=terms.request_id,
    )  # fmt: skip
    return new, attempt


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
