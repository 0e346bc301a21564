"""Read subscriptions."""

from collections.abc import Sequence
from datetime import datetime

from arena.kit.db import Tx
from arena.kit.money import Money
from arena.marketplace.listings import Period
from arena.marketplace.subscriptions import change_store, store
from arena.marketplace.subscriptions.model import (
    Change,
    ChangeState,
    NoSuchSubscription,
    Subscription,
)
from arena.people.access import Actor


async def subscription(tx: Tx, subscription_id: str) -> Subscription:
    """Raises NoSuchSubscription. Whose it is, the caller checks."""
    found = await store.by_id(tx, subscription_id)
    if found is None:
        raise NoSuchSubscription(subscription_id=subscription_id)
    return found


async def own(tx: Tx, subscription_id: str, actor: Actor, *, lock: bool = False) -> Subscription:
    """The actor's own. Raises NoSuchSubscription, also for those of others."""
    found = await store.by_id(tx, subscription_id, lock=lock)
    if found is None or found.person_id != actor.id:
        raise NoSuchSubscription(subscription_id=subscription_id)
    return found


async def charged(tx: Tx, reference: str, *, lock: bool = False) -> Subscription:
    """The subscription that a charge of this reference is for: its own, or that of a change of it. Raises
    NoSuchSubscription."""
    change = await change_store.by_id(tx, reference)
    subscription_id = reference if change is None else change.subscription_id
    found = await store.by_id(tx, subscription_id, lock=lock)
    if found is None:
        raise NoSuchSubscription(subscription_id=subscription_id)
    return found


async def references(tx: Tx, subscription_id: str) -> list[str]:
    """What charges of a subscription may be for: itself, and its changes."""
    return [subscription_id, *(change.id for change in await change_store.of(tx, subscription_id))]


async def owed_for(tx: Tx, found: Subscription) -> Money:
    """What of all that was paid for a subscription and its changes was owed back to its person."""
    total: int = await tx.fetchval(
        """select coalesce(-sum(l.amount), 0)::bigint from journal j
             join journal_leg l on l.journal_id = j.id join ledger_account o on o.id = l.account_id
           where j.reference = any($1::text[]) and j.kind = 'refund.owed' and o.code = $2""",
        await references(tx, found.id), f"customer:{found.person_id}:refund_due",
    )  # fmt: skip
    return Money(total, found.amount.currency)


async def open_change(tx: Tx, subscription_id: str) -> Change | None:
    """The change that is under way or comes with the next period."""
    return await change_store.open_of(tx, subscription_id)


async def change_of(tx: Tx, change_id: str) -> Change | None:
    return await change_store.by_id(tx, change_id)


async def terms_of_period(tx: Tx, found: Subscription, start: datetime) -> tuple[str, Period]:
    """Tier and period as they were when the period that began then was paid."""
    done = [c for c in await change_store.of(tx, found.id) if c.state is ChangeState.DONE]
    held = (found.tier, found.period)
    for change in reversed(done):
        if change.period_start < start:
            return change.tier, change.period
        held = (change.from_tier, change.from_period)
    return held


async def had_trial(tx: Tx, person_id: str, listing_id: str) -> bool:
    """Whether the person has had the trial of this listing."""
    return await store.had(tx, person_id, listing_id, "trial")


async def subscriptions_of(
    tx: Tx, person_id: str, *, after: tuple[datetime, str] | None = None, limit: int = 50
) -> list[Subscription]:
    """A person's subscriptions, newest first; `after` is (created_at, id) of the last one seen."""
    return await store.page(tx, person_id, after=after, limit=limit)


async def live_first(
    tx: Tx, person_id: str, *, after: tuple[bool, datetime, str] | None = None, limit: int = 50
) -> list[Subscription]:
    """A person's subscriptions, those that have ended last; `after` is (ended, created_at, id) of the last
    one seen."""
    return await store.live_first(tx, person_id, after=after, limit=limit)


async def live_subscription(tx: Tx, person_id: str, listing_id: str) -> Subscription | None:
    """The one that has not ended, of which a person has at most one a listing."""
    return await store.live_of(tx, person_id, listing_id)


async def seats_taken(tx: Tx, listing_ids: Sequence[str]) -> dict[tuple[str, str], int]:
    """How many seats are taken, by (listing id, tier); pairs without any are left out."""
    return await store.seats_taken_by_tier(tx, listing_ids)
