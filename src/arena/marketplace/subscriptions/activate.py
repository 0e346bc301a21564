"""What follows from a charge: access begins, goes on, or ends. Idempotent by the period the charge was for."""

from datetime import datetime, timedelta

from arena.evidence import audit
from arena.kit.db import Tx
from arena.kit.money import Money
from arena.marketplace.subscriptions import change_store, store
from arena.marketplace.subscriptions.changed import change_declined, change_paid, take_effect
from arena.marketplace.subscriptions.end import end, owe_charge, tell
from arena.marketplace.subscriptions.model import (
    MOVES,
    RETRY_DAYS,
    ChangeState,
    RetryFailed,
    Status,
    Subscription,
    SubscriptionActivated,
    SubscriptionFellBehind,
    SubscriptionRenewed,
)
from arena.marketplace.subscriptions.periods import next_retry, period_end
from arena.money.billing import ChargeFailed, ChargeSucceeded


async def activate(tx: Tx, charge: ChargeSucceeded) -> None:
    """The paid period begins. Charges that are not for a subscription, or applied before, change nothing.

    The first period begins when the charge goes through, not when it was begun: a customer who confirms
    late loses no time. Money for a period that never began, because the subscription ended before, is owed back.
    """
    if charge.reference.startswith("chg_"):
        await change_paid(tx, charge)
        return
    found = await store.by_id(tx, charge.reference, lock=True)
    if found is None:
        return
    paid = Money(charge.amount, charge.currency)
    begun = found.access_until is not None
    applied = begun and found.period_end is not None and charge.period_start < found.period_end
    if found.status is Status.INCOMPLETE:
        await _begin(tx, found, paid)
    elif applied:
        return
    elif found.status is Status.ENDED:
        await owe_charge(tx, found, charge)
    else:
        await _renew(tx, found, paid, start=charge.period_start)


async def charge_failed(tx: Tx, charge: ChargeFailed) -> None:
    """A first charge that fails ends the subscription; a renewal's makes it past due, with days of grace."""
    if charge.reference.startswith("chg_"):
        await change_declined(tx, charge)
        return
    found = await store.by_id(tx, charge.reference, lock=True)
    if found is None:
        return
    if found.status is Status.INCOMPLETE:
        await end(tx, found, reason=f"declined: {charge.decline_code}")
    elif found.period_end is not None and charge.period_start >= found.period_end:
        await not_paid(tx, found, (charge.attempt_id, charge.decline_code))


async def not_paid(tx: Tx, found: Subscription, declined: tuple[str, str]) -> None:
    """A renewal was declined or waits for its person: past due, or a retry in vain. Each attempt (id and why) once."""
    attempt_id, reason = declined
    if not await store.declined_first(tx, found.id, attempt_id):
        return
    if found.status in (Status.ACTIVE, Status.PAUSED):
        await _past_due(tx, found, reason=reason)
    elif found.past_due_since is not None:
        retry_at = next_retry(found.past_due_since, tx.now)
        if retry_at is None:
            return  # it was the last one, and what follows is the end
        last = next_retry(found.past_due_since, retry_at) is None
        await tx.record(
            RetryFailed(
                found.id, found.listing_id, found.person_id, attempt_id, reason, found.access_until, retry_at, last
            )
        )  # fmt: skip
        await _audit(tx, found, "subscriptions.retry_failed", reason)


async def _past_due(tx: Tx, found: Subscription, *, reason: str) -> None:
    """The renewal is not paid; access goes on until `access_until`, and it is tried again after a day."""
    assert Status.PAST_DUE in MOVES[found.status], f"{found.id} is {found.status}"
    retry_at = tx.now + timedelta(days=RETRY_DAYS[0])
    await store.set_past_due(tx, found.id, retry_at=retry_at)
    behind = await store.by_id(tx, found.id)
    assert behind is not None
    await tx.record(
        SubscriptionFellBehind(
            found.id, found.listing_id, found.person_id, reason, behind.access_until, retry_at
        )
    )
    await _audit(tx, found, "subscriptions.past_due", reason)
    tell(tx, found)


async def _begin(tx: Tx, found: Subscription, paid: Money) -> None:
    end = period_end(tx.now, tx.now.day, found.period)
    await store.set_paid(tx, found.id, start=tx.now, end=end, paid=paid)
    await tell_begun(tx, found)


async def tell_begun(tx: Tx, found: Subscription) -> None:
    """Access has begun: the fact, the line in the trail, the news."""
    begun = await store.by_id(tx, found.id)
    assert begun is not None
    assert begun.access_until is not None
    await tx.record(
        SubscriptionActivated(
            found.id, found.listing_id, found.feed_id, found.person_id, found.tier, begun.access_until
        )
    )  # fmt: skip
    await _audit(tx, found, "subscriptions.activate", None)
    tell(tx, found)


async def _renew(tx: Tx, found: Subscription, paid: Money, *, start: datetime) -> None:
    """The next period begins with the change that waited for it, where the last one ended, or later after a dispute."""
    assert Status.ACTIVE in MOVES[found.status], f"{found.id} is {found.status}"
    period = found.period
    waiting = await change_store.open_of(tx, found.id)
    if waiting is not None and waiting.state is ChangeState.SCHEDULED:
        await take_effect(tx, found, waiting)
        period = waiting.period
    anchor = start.day if found.trial or start != found.period_end else found.anchor_day
    end = period_end(start, anchor, period)
    await store.set_paid(tx, found.id, start=start, end=end, paid=paid)
    renewed = await store.by_id(tx, found.id)
    assert renewed is not None
    assert renewed.access_until is not None
    await tx.record(
        SubscriptionRenewed(found.id, found.feed_id, found.person_id, start, renewed.access_until)
    )
    await _audit(tx, found, "subscriptions.renew", None)
    tell(tx, found)


async def _audit(tx: Tx, found: Subscription, action: str, reason: str | None) -> None:
    await audit.record(
        tx, actor="system", actor_kind="system", action=action, object=found.id,
        detail={"listing": found.listing_id, "person": found.person_id, "tier": found.tier},
        reason=reason, request_id=None,
    )  # fmt: skip
