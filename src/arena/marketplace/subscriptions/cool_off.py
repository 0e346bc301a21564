"""Cooling off: the whole of what was paid is owed back, as long as nothing worth it was delivered."""

from datetime import datetime, timedelta

from arena.kit.db import Tx
from arena.kit.money import Money
from arena.marketplace import listings
from arena.marketplace.subscriptions import store
from arena.marketplace.subscriptions.end import end, owe_refund
from arena.marketplace.subscriptions.model import (
    COOLING_OFF_DAYS,
    NoCoolingOff,
    Status,
    Subscription,
)
from arena.marketplace.subscriptions.read import own, references
from arena.money import billing
from arena.people.access import Actor


async def cool_off(
    tx: Tx, subscription_id: str, *, actor: Actor, request_id: str | None = None
) -> Subscription:
    """Ends it, and owes back what of its charges was not given back before: from creator and platform as each had
    been shared.

    Once a person and listing. Raises NoSuchSubscription, NoCoolingOff.
    """
    found = await own(tx, subscription_id, actor, lock=True)
    if found.status is Status.ENDED and found.end_reason == "cooling_off":
        return found
    why = await against(tx, found)
    if why is not None or not await store.take_once(tx, found, "cooling_off"):
        raise NoCoolingOff(why=why or "you were paid back for this listing before")
    await end(tx, found, reason="cooling_off", actor=actor, request_id=request_id)
    listing = await listings.listing(tx, found.listing_id)
    for paid in await billing.kept(tx, await references(tx, found.id)):
        await owe_refund(
            tx, found, listing.creator_id, idem=f"refund:{paid.attempt_id}", amount=paid.amount.minor,
            reference=paid.reference,
        )  # fmt: skip
    return await own(tx, subscription_id, actor)


async def owed_back(tx: Tx, found: Subscription) -> Money | None:
    """What cooling off would owe back now; None where it cannot be done."""
    if await against(tx, found) is not None:
        return None
    paid = [each.amount for each in await billing.kept(tx, await references(tx, found.id))]
    return sum(paid, Money(0, found.amount.currency))


async def _paid_at(tx: Tx, found: Subscription) -> datetime:
    """When the first charge went through: after a trial, or when the bank let it."""
    paid = await billing.captured(tx, [found.id])
    if not paid or found.period_start is None:
        return found.created_at
    begun = (await billing.charge(tx, found.person_id, paid[0][0])).at
    return max(begun, found.period_start) if len(paid) == 1 else begun


async def against(tx: Tx, found: Subscription) -> str | None:
    """Why it cannot be paid back, in words; None where it can.

    What stands against it is a signal that was published since a real-time tier was held and handed over, by whatever
    channel, to its person or to somebody who has a seat of his. What Basic gets is a day old and never does.
    """
    if found.status is not Status.ACTIVE:
        return f"the subscription is {found.status.value}"
    if found.disputed:
        return "a charge of it is disputed with the bank"
    if found.trial:
        return "nothing was paid yet"
    if tx.now >= await _paid_at(tx, found) + timedelta(days=COOLING_OFF_DAYS):
        return f"its first charge is more than {COOLING_OFF_DAYS} days ago"
    if await store.had(tx, found.person_id, found.listing_id, "cooling_off"):
        return "you were paid back for this listing before"
    if await store.was_given(tx, found.id):
        return "signals were delivered at once since you bought it"
    return None
