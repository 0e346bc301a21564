"""Undo what would come: a cancellation, a pause, or a change of tier, also one that waits for its charge."""

from arena.evidence import audit
from arena.kit.db import Database, Tx
from arena.marketplace.subscriptions import change_store, store
from arena.marketplace.subscriptions.apply import apply
from arena.marketplace.subscriptions.end import tell
from arena.marketplace.subscriptions.model import (
    ChangeState,
    NothingToUndo,
    Status,
    Subscription,
)
from arena.marketplace.subscriptions.read import own
from arena.money import billing
from arena.people.access import Actor


async def take_back(
    db: Database,
    gateway: billing.Gateway,
    subscription_id: str,
    *,
    actor: Actor,
    request_id: str | None = None,
) -> Subscription:
    """What `undo` does; and the charge of a change that waits for its person or his bank is given up, unless it went
    through meanwhile: then the change holds.

    Raises NoSuchSubscription, NothingToUndo, GatewayUnavailable, ChargeUnderWay where the charge may just be on its
    way.
    """
    async with db.transaction(readonly=True) as tx:
        await own(tx, subscription_id, actor)
        waiting = await change_store.open_of(tx, subscription_id)
    if waiting is None or waiting.state is not ChangeState.CHARGING:
        async with db.transaction() as tx:
            return await undo(tx, subscription_id, actor=actor, request_id=request_id)
    attempt = await billing.abandon(db, gateway, waiting.id)
    async with db.transaction() as tx:
        await apply(tx, attempt or await billing.first_attempt(tx, waiting.id))
        found = await own(tx, subscription_id, actor, lock=True)
        change = await change_store.by_id(tx, waiting.id)
        if change is not None and change.state is ChangeState.FAILED:
            await _audit(tx, found, actor=actor, request_id=request_id, change_id=waiting.id)
        return found


async def undo(
    tx: Tx, subscription_id: str, *, actor: Actor, request_id: str | None = None
) -> Subscription:
    """The subscription, which goes on as it is. Raises NoSuchSubscription; NothingToUndo also once the period is over,
    when what was to come has come."""
    found = await own(tx, subscription_id, actor, lock=True)
    waiting = await change_store.open_of(tx, subscription_id)
    scheduled = waiting if waiting and waiting.state is ChangeState.SCHEDULED else None
    over = found.period_end is None or tx.now >= found.period_end
    if (
        found.status is not Status.ACTIVE
        or over
        or not (found.cancel_at_period_end or scheduled is not None or found.pause_months)
    ):
        raise NothingToUndo(subscription_id=subscription_id)
    if found.cancel_at_period_end:
        await store.set_kept(tx, subscription_id)
    if found.pause_months:
        await store.set_pausing(tx, subscription_id, None)
    if scheduled is not None:
        await change_store.move(tx, scheduled, ChangeState.UNDONE)
    change_id = None if scheduled is None else scheduled.id
    await _audit(tx, found, actor=actor, request_id=request_id, change_id=change_id)
    tell(tx, found)
    return await own(tx, subscription_id, actor)


async def _audit(
    tx: Tx, found: Subscription, *, actor: Actor, request_id: str | None, change_id: str | None
) -> None:
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="subscriptions.undo", object=found.id,
        detail={"cancel": found.cancel_at_period_end, "change": change_id, "pause": found.pause_months},
        reason=None, request_id=request_id,
    )  # fmt: skip
