"""Take another tier or period: a higher tier begins now, its rest charged; all else comes with the next period."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from arena.evidence import audit
from arena.kit.db import Database, Tx
from arena.kit.ids import derived
from arena.kit.money import Money
from arena.marketplace import listings
from arena.marketplace.subscriptions import change_store, store
from arena.marketplace.subscriptions.apply import apply
from arena.marketplace.subscriptions.changed import take_effect
from arena.marketplace.subscriptions.model import (
    Change,
    ChangeDeclined,
    ChangeOpen,
    ChangeState,
    EndsAnyway,
    IntentDiffers,
    NotByThat,
    NothingToChange,
    NotRunning,
    OnTrial,
    PausesSoon,
    ProrationMoved,
    SeatsTaken,
    Status,
    Subscription,
)
from arena.marketplace.subscriptions.prorate import Proration, prorate
from arena.marketplace.subscriptions.read import own
from arena.money import billing
from arena.people.access import Actor

QUOTE_AGE_MAX = timedelta(days=1)  # of product time: a figure that was shown holds so long


@dataclass(frozen=True, slots=True)
class NewTerms:
    """What its person wants to have instead."""

    subscription_id: str
    tier: str
    period: listings.Period


@dataclass(frozen=True, slots=True)
class Quote:
    """What a change comes to. `proration` is None where it comes with the next period; then nothing is charged now.
    `price` is a period's from then on, `next_charge_at` when it is charged first in full."""

    tier: str
    period: listings.Period
    price: Money
    starts_at: datetime
    next_charge_at: datetime
    proration: Proration | None

    @property
    def charge(self) -> Money:
        return Money(0, self.price.currency) if self.proration is None else self.proration.charge


@dataclass(frozen=True, slots=True)
class Agreed:
    """What its person was shown: the charge, reckoned for the moment `at`. `intent` names the call."""

    intent: str
    charge: Money
    at: datetime
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """The subscription after it, the change, and where to confirm its charge if the card asks for it."""

    subscription: Subscription
    change: Change
    action_url: str | None = None


async def quote(tx: Tx, wish: NewTerms, *, actor: Actor, at: datetime | None = None) -> Quote:
    """What the change would come to at that moment of the running period (default: now); changes nothing.

    Raises NoSuchSubscription, NoSuchTier, NotByThat, NotOnOffer, NotRunning, OnTrial, EndsAnyway, PausesSoon,
    ChangeOpen, NothingToChange, SeatsTaken.
    """
    found = await own(tx, wish.subscription_id, actor)
    offered = await listings.listing(tx, found.listing_id)
    tier = next((tier for tier in offered.tiers if tier.tier == wish.tier), None)
    if tier is None:
        names = ", ".join(tier.tier for tier in offered.tiers)
        raise listings.NoSuchTier(listing_id=offered.id, tier=wish.tier, tiers=names)
    return await _quote(tx, found, (offered, tier, wish.period), at or tx.now)


async def change(
    db: Database, gateway: billing.Gateway, wish: NewTerms, *, actor: Actor, agreed: Agreed
) -> Changed:
    """Runs two transactions with the gateway's call between them; a repeat of the intent goes on where the first call
    stopped, and charges nothing twice. The figures are those of `quote` for the same moment, else nothing happens.

    Raises what `quote` raises, ProrationMoved, IntentDiffers, ChangeDeclined, GatewayUnavailable.
    """
    async with db.transaction() as tx:
        begun, attempt = await _intend(tx, gateway, wish, actor=actor, agreed=agreed)
    if attempt is not None and begun.state is ChangeState.CHARGING:
        if attempt.state == "sending":
            outcome = await billing.collect(gateway, attempt)
            async with db.transaction() as tx:
                attempt = await billing.settle(tx, attempt.id, outcome)
                await apply(tx, attempt)
        else:
            async with db.transaction() as tx:
                await apply(tx, attempt)
    async with db.transaction(readonly=True) as tx:
        after = await own(tx, wish.subscription_id, actor)
        done = await change_store.by_id(tx, begun.id)
    assert done is not None
    if done.state is ChangeState.FAILED and attempt is not None and attempt.state == "failed":
        raise ChangeDeclined(decline_code=attempt.decline_code, subscription_id=after.id)
    waits = attempt is not None and attempt.state == "requires_action"
    return Changed(after, done, attempt.action_url if waits and attempt else None)


async def _intend(
    tx: Tx, gateway: billing.Gateway, wish: NewTerms, *, actor: Actor, agreed: Agreed
) -> tuple[Change, billing.Attempt | None]:
    """The change and attempt of this intent: those of the first call, or new ones."""
    change_id = derived("chg", agreed.intent)
    found = await own(tx, wish.subscription_id, actor)
    kept = await change_store.by_id(tx, change_id)
    if kept is None:
        # The tier first, then the subscription: two calls with the same key meet here, one after the other.
        offered, tier = await listings.hold_tier(tx, found.listing_id, wish.tier)
        found = await own(tx, wish.subscription_id, actor, lock=True)
        kept = await change_store.by_id(tx, change_id)
        if kept is None:
            how = await _quote(tx, found, (offered, tier, wish.period), _moment(tx, found, agreed))
            if how.charge != agreed.charge:
                raise ProrationMoved(charge=str(how.charge), agreed=str(agreed.charge))
            return await _begin(tx, gateway, (change_id, found, how), actor=actor, agreed=agreed)
    if (kept.subscription_id, kept.tier, kept.period) != (
        wish.subscription_id,
        wish.tier,
        wish.period,
    ):
        raise IntentDiffers
    charged = bool(kept.charge.minor)
    return kept, await billing.first_attempt(tx, kept.id) if charged else None


def _moment(tx: Tx, found: Subscription, agreed: Agreed) -> datetime:
    """The moment the figures were reckoned for, where it is one of this period, past and not too old; an older one
    would only make its person pay more."""
    assert found.period_start is not None
    if max(_spoken(found.period_start), tx.now - QUOTE_AGE_MAX) <= agreed.at <= tx.now:
        return agreed.at
    return tx.now


def _spoken(at: datetime) -> datetime:
    """The moment as it is told and sent back: to the millisecond."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


async def _quote(
    tx: Tx,
    found: Subscription,
    wanted: tuple[listings.Listing, listings.Tier, listings.Period],
    at: datetime,
) -> Quote:
    offered, tier, period = wanted
    await _check(tx, found, offered, tier)
    price = tier.price(period)
    if price is None:
        raise NotByThat(tier=tier.tier, period=period)
    if (found.tier, found.period) == (tier.tier, period):
        raise NothingToChange(tier=tier.tier, period=period)
    assert found.period_start is not None
    assert found.period_end is not None
    higher = listings.TIERS.index(tier.tier) > listings.TIERS.index(found.tier)
    if not higher or period != found.period:
        return Quote(tier.tier, period, price, found.period_end, found.period_end, None)
    moment = _spoken(at)
    rest = prorate(found.paid, price, start=found.period_start, end=found.period_end, at=moment)
    return Quote(tier.tier, period, price, tx.now, found.period_end, rest)


async def _check(
    tx: Tx, found: Subscription, offered: listings.Listing, tier: listings.Tier
) -> None:
    if offered.status not in (listings.Status.LISTED, listings.Status.PAUSED):
        raise listings.NotOnOffer(listing_id=offered.id, status=offered.status.value)
    if found.status is not Status.ACTIVE or found.period_end is None or tx.now >= found.period_end:
        status = "past due" if found.status is Status.ACTIVE else found.status.value
        raise NotRunning(subscription_id=found.id, status=status)
    if found.disputed:
        raise NotRunning(subscription_id=found.id, status="disputed")
    if found.trial:
        raise OnTrial(subscription_id=found.id)
    if found.cancel_at_period_end:
        raise EndsAnyway(subscription_id=found.id)
    if found.pause_months is not None:
        raise PausesSoon(subscription_id=found.id)
    waiting = await change_store.open_of(tx, found.id)
    if waiting is not None:
        raise ChangeOpen(change_id=waiting.id, state=waiting.state.value, subscription_id=found.id)
    if (
        tier.seats is not None
        and tier.tier != found.tier
        and await store.seats_taken(tx, offered.id, tier.tier) >= tier.seats
    ):
        raise SeatsTaken(tier=tier.tier, seats=tier.seats)


async def _begin(
    tx: Tx,
    gateway: billing.Gateway,
    order: tuple[str, Subscription, Quote],
    *,
    actor: Actor,
    agreed: Agreed,
) -> tuple[Change, billing.Attempt | None]:
    """Writes the change, and the intent to charge where it costs something now. The tier is locked, the seat held."""
    change_id, found, how = order
    assert found.period_start is not None
    now = how.proration is not None
    new = Change(
        change_id, found.id, found.listing_id,
        ChangeState.CHARGING if now else ChangeState.SCHEDULED, found.tier, how.tier, found.period, how.period,
        how.price, how.charge, found.period_start, how.proration.at if how.proration else how.starts_at, tx.now,
    )  # fmt: skip
    await change_store.insert(tx, new)
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="subscriptions.change", object=found.id,
        detail={"change": new.id, "from": found.tier, "tier": new.tier, "period": new.period,
                "amount": str(new.amount), "charge": str(new.charge)},
        reason=None, request_id=agreed.request_id,
    )  # fmt: skip
    if not now:
        return new, None
    if not new.charge.minor:
        await take_effect(tx, found, new)
        await store.set_period_worth(tx, found.id, new.amount)
        return new, None
    listing = await listings.listing(tx, found.listing_id)
    charge = billing.NewCharge(
        reference=new.id, period_start=new.at, person_id=found.person_id, payee_id=listing.creator_id,
        payment_method_id=found.payment_method_id, amount=new.charge, platform_bps=found.platform_bps,
    )  # fmt: skip
    return new, await billing.begin_charge(tx, charge, gateway=gateway)
