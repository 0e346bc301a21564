"""End a subscription: access stops now; what was paid and will not be delivered is owed back."""

from arena.evidence import audit
from arena.kit.clock import iso_ms
from arena.kit.db import Tx
from arena.kit.ids import derived
from arena.kit.money import allocate
from arena.marketplace import listings
from arena.marketplace.moderation import ListingTakenDown
from arena.marketplace.subscriptions import change_store, coupon_store, store
from arena.marketplace.subscriptions.model import (
    MOVES,
    ChangeState,
    Status,
    Subscription,
    SubscriptionEnded,
)
from arena.marketplace.subscriptions.prorate import seconds
from arena.marketplace.subscriptions.read import references
from arena.money import billing, ledger
from arena.people.access import SYSTEM, Actor

OVER_MAX = 500


async def end(
    tx: Tx,
    found: Subscription,
    *,
    reason: str,
    actor: Actor = SYSTEM,
    request_id: str | None = None,
) -> None:
    """Ends a live subscription whose row the caller has locked."""
    assert Status.ENDED in MOVES[found.status], f"{found.id} is {found.status}"
    await store.set_ended(tx, found.id, reason)
    if found.status is Status.INCOMPLETE:
        await coupon_store.give_back(tx, found.id)
    waiting = await change_store.open_of(tx, found.id)
    if waiting is not None and waiting.state is ChangeState.SCHEDULED:
        await change_store.move(tx, waiting, ChangeState.LAPSED)
    await tx.record(
        SubscriptionEnded(found.id, found.listing_id, found.feed_id, found.person_id, reason)
    )
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="subscriptions.end", object=found.id,
        detail={"listing": found.listing_id, "person": found.person_id, "from": found.status.value},
        reason=reason, request_id=request_id,
    )  # fmt: skip
    tell(tx, found)


async def expire_due(tx: Tx) -> int:
    """Ends canceled subscriptions whose paid period is over; how many. Call again while it is not 0."""
    over = await store.canceled_and_over(tx, OVER_MAX)
    for found in over:
        await end(tx, found, reason="canceled")
    return len(over)


async def stop_for_listing(tx: Tx, fact: ListingTakenDown) -> None:
    """The reaction to a take-down: all its subscriptions end, and the unused part is owed back."""
    listing = await listings.listing(tx, fact.listing_id)
    for found in await store.live_of_listing(tx, fact.listing_id):
        await end(tx, found, reason="listing_taken_down")
        if found.disputed:
            await owe_undelivered(tx, found, listing.creator_id)
        else:
            await _owe_unused(tx, found, listing.creator_id)


async def _owe_unused(tx: Tx, found: Subscription, payee_id: str) -> None:
    """The newest charges first, and of each no more than was not given back before."""
    left = unused_part(found, tx)
    for paid in reversed(await billing.kept(tx, await references(tx, found.id))):
        amount = min(left, paid.amount.minor)
        if amount:
            assert found.period_start is not None
            idem = f"refund:{paid.attempt_id}:{iso_ms(found.period_start)}"
            await owe_refund(
                tx, found, payee_id, idem=idem, amount=amount, reference=paid.reference
            )
        left -= amount


async def owe_undelivered(
    tx: Tx, found: Subscription, payee_id: str, *, but: str | None = None
) -> None:
    """Of charges for the running period that nobody disputes (nor `but`), what they had paid of the time since a
    dispute stopped access, by whole seconds, largest remainder."""
    if found.disputed_since is None or not found.paid.minor:
        return
    assert found.period_start is not None
    assert found.period_end is not None
    own = await billing.captured(tx, [found.id])
    starts = {own[-1][0]: found.period_start} if own else {}
    done = {
        change.id: change.at
        for change in await change_store.of(tx, found.id)
        if change.state is ChangeState.DONE and change.period_start == found.period_start
    }
    for paid in await billing.kept(tx, [found.id, *done]):
        start = starts.get(paid.attempt_id) or done.get(paid.reference)
        if start is None or paid.attempt_id == but:
            continue
        whole = (await billing.charge(tx, found.person_id, paid.attempt_id)).amount
        used_left = seconds(start, found.period_end, max(start, found.disputed_since))
        amount = min(allocate(whole.minor, used_left)[1], paid.amount.minor)
        if amount:
            await owe_refund(
                tx, found, payee_id, idem=f"refund:{paid.attempt_id}:{iso_ms(start)}", amount=amount,
                reference=paid.reference,
            )  # fmt: skip


def unused_part(found: Subscription, tx: Tx) -> int:
    """Minor units of the current paid period that lie ahead, by whole seconds, largest remainder."""
    if found.status is not Status.ACTIVE or found.period_start is None or found.period_end is None:
        return 0
    used_left = seconds(found.period_start, found.period_end, tx.now)
    return allocate(found.paid.minor, used_left)[1]


async def owe_charge(tx: Tx, found: Subscription, charge: billing.ChargeSucceeded) -> None:
    """A charge that comes too late is owed back, but for what was given back of it before. Repeatable."""
    idem = f"refund:{charge.attempt_id}"
    if await ledger.journal(tx, derived("jrn", idem)) is not None:
        return
    listing = await listings.listing(tx, found.listing_id)
    for paid in await billing.kept(tx, [charge.reference]):
        if paid.attempt_id == charge.attempt_id:
            await owe_refund(
                tx, found, listing.creator_id, idem=idem, amount=paid.amount.minor, reference=paid.reference
            )  # fmt: skip


async def owe_refund(
    tx: Tx, found: Subscription, payee_id: str, *, idem: str, amount: int, reference: str | None = None
) -> None:  # fmt: skip
    """Posts what the customer is owed, taken from tax, creator and platform as they had shared it. `idem` names the
    charge after its first colon. `reference` is what the charge was for, where that was a change of the subscription:
    it goes back to the card by it."""
    parts, tax = await billing.shares_of(tx, idem.split(":")[1], amount)
    currency = found.amount.currency
    owing = [
        (f"creator:{payee_id}:pending", parts.creator), ("platform:fee_income", parts.platform),
        (tax.account, parts.tax),
    ]  # fmt: skip
    legs = [ledger.Leg(f"customer:{found.person_id}:refund_due", -amount, currency)]
    legs += [ledger.Leg(code, part, currency) for code, part in owing if part]
    await ledger.post(
        tx, kind=ledger.Kind.REFUND_OWED, idem=idem, reference=reference or found.id, legs=legs
    )  # fmt: skip


def tell(tx: Tx, found: Subscription) -> None:
    """News for whoever keeps entitlement decisions: ask again."""
    tx.tell(f"entitlement:{found.person_id}:{found.feed_id}")
