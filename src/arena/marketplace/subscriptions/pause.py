"""Pause: from the period's end on nothing is charged and nothing received, until it is resumed or the pause is over."""

from dataclasses import replace
from datetime import timedelta

from arena.evidence import audit
from arena.kit.db import Database, Tx
from arena.marketplace.subscriptions import change_store, store
from arena.marketplace.subscriptions.end import tell
from arena.marketplace.subscriptions.model import (
    MOVES,
    RESUME_NOTICE_DAYS,
    ChangeOpen,
    EndsAnyway,
    NotAgreed,
    NotPaused,
    NotRunning,
    OnTrial,
    Status,
    Subscription,
    SubscriptionPaused,
    SubscriptionResumesSoon,
)
from arena.marketplace.subscriptions.periods import pause_end
from arena.marketplace.subscriptions.price import rise
from arena.marketplace.subscriptions.read import own
from arena.marketplace.subscriptions.renew import retry
from arena.money import billing
from arena.people.access import SYSTEM, Actor

TAKEN_MAX = 500


async def pause(
    tx: Tx, subscription_id: str, months: int, *, actor: Actor, request_id: str | None = None
) -> Subscription:
    """A pause of 1 to `PAUSE_MONTHS_MAX` months comes with the end of what is paid; asked again, the newest length
    holds. Until then it can be undone.

    Raises NoSuchSubscription, NotRunning, OnTrial, EndsAnyway, ChangeOpen.
    """
    found = await own(tx, subscription_id, actor, lock=True)
    if found.status is not Status.ACTIVE or found.period_end is None or tx.now >= found.period_end:
        raise NotRunning(subscription_id=found.id, status=found.status.value)
    if found.disputed:
        raise NotRunning(subscription_id=found.id, status="disputed")
    if found.trial:
        raise OnTrial(subscription_id=found.id)
    if found.cancel_at_period_end:
        raise EndsAnyway(subscription_id=found.id)
    waiting = await change_store.open_of(tx, found.id)
    if waiting is not None:
        raise ChangeOpen(change_id=waiting.id, state=waiting.state.value, subscription_id=found.id)
    await store.set_pausing(tx, found.id, months)
    await _audit(
        tx, found, "subscriptions.pause", actor=actor, request_id=request_id, months=months
    )
    tell(tx, found)
    return await own(tx, subscription_id, actor)


async def pause_due(tx: Tx) -> int:
    """Begins the pauses whose time has come; how many. Call again while it is not 0."""
    due = await store.pausing_and_over(tx, TAKEN_MAX)
    for found in due:
        assert Status.PAUSED in MOVES[found.status], f"{found.id} is {found.status}"
        assert found.period_end is not None
        resumes_at = pause_end(found)
        await store.set_paused(tx, found.id, start=found.period_end, end=resumes_at)
        await tx.record(SubscriptionPaused(found.id, found.listing_id, found.person_id, resumes_at))
        await _audit(tx, found, "subscriptions.paused", actor=SYSTEM, request_id=None)
        tell(tx, found)
    return len(due)


async def announce_resume(tx: Tx) -> int:
    """A fact for each pause that is over in `RESUME_NOTICE_DAYS`, once; how many. Call again while it is not 0."""
    soon = await store.resuming_soon(tx, tx.now + timedelta(days=RESUME_NOTICE_DAYS), TAKEN_MAX)
    for found in soon:
        assert found.period_end is not None
        await tx.record(
            SubscriptionResumesSoon(found.id, found.listing_id, found.person_id, found.period_end)
        )
    return len(soon)


async def unpause(
    db: Database,
    gateway: billing.Gateway,
    subscription_id: str,
    *,
    actor: Actor,
    request_id: str | None = None,
) -> Subscription:
    """The pause ends now and the next period is charged; killed in between, the hourly run charges it, once.

    Where the charge is declined it is past due, and is tried again like any renewal; access begins when it is paid.
    Raises NoSuchSubscription, NotPaused, NotRunning where a charge is disputed, NotAgreed where the price has risen,
    GatewayUnavailable.
    """
    async with db.transaction() as tx:
        found = await own(tx, subscription_id, actor, lock=True)
        if found.status is not Status.PAUSED:
            raise NotPaused(subscription_id=found.id, status=found.status.value)
        if found.disputed:
            raise NotRunning(subscription_id=found.id, status="disputed")
        await _agreed_to(tx, found)
        assert found.period_end is not None
        if found.period_end > tx.now:
            await store.cut_pause(tx, found.id)
            await _audit(
                tx, found, "subscriptions.resume_pause", actor=actor, request_id=request_id
            )
            tell(tx, found)
    await retry(db, gateway, subscription_id)
    async with db.transaction(readonly=True) as tx:
        return await own(tx, subscription_id, actor)


async def _agreed_to(tx: Tx, found: Subscription) -> None:
    """What would be charged now. Raises NotAgreed."""
    risen = await rise(tx, replace(found, period_end=tx.now))
    if risen is not None:
        raise NotAgreed(subscription_id=found.id, agreed=str(found.amount), asked=str(risen))


async def _audit(
    tx: Tx,
    found: Subscription,
    action: str,
    *,
    actor: Actor,
    request_id: str | None,
    months: int | None = None,
) -> None:
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action=action, object=found.id,
        detail={"listing": found.listing_id, "person": found.person_id, "months": months or found.pause_months},
        reason=None, request_id=request_id,
    )  # fmt: skip
