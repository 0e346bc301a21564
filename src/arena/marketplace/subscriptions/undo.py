"""Undo what would come with the period's end: a cancellation, a pause, or a change of tier."""

from arena.evidence import audit
from arena.kit.db import Tx
from arena.marketplace.subscriptions import change_store, store
from arena.marketplace.subscriptions.end import tell
from arena.marketplace.subscriptions.model import (
    ChangeState,
    NothingToUndo,
    Status,
    Subscription,
)
from arena.marketplace.subscriptions.read import own
from arena.people.access import Actor


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
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="subscriptions.undo", object=subscription_id,
        detail={"cancel": found.cancel_at_period_end, "change": scheduled and scheduled.id,
                "pause": found.pause_months},
        reason=None, request_id=request_id,
    )  # fmt: skip
    tell(tx, found)
    return await own(tx, subscription_id, actor)
