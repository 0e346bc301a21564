"""Cancel: by default with the paid period's end; what is not paid ends at once, and retries stop."""

from typing import Literal

from arena.evidence import audit
from arena.kit.db import Database, Tx
from arena.marketplace.subscriptions import change_store, store
from arena.marketplace.subscriptions.apply import apply
from arena.marketplace.subscriptions.end import end, tell
from arena.marketplace.subscriptions.model import ChangeState, Status, Subscription
from arena.marketplace.subscriptions.read import own
from arena.money import billing
from arena.people.access import Actor

At = Literal["period_end", "now"]


async def cancel(
    db: Database,
    gateway: billing.Gateway,
    subscription_id: str,
    *,
    at: At = "period_end",
    actor: Actor,
    request_id: str | None = None,
) -> Subscription:
    """The subscription after it; canceling what has ended or is canceled already changes nothing.

    `now` gives up the rest of the paid period without a refund. An open charge whose fate nobody knows yet holds
    up nothing: it is given up in the same transaction, and what went through all the same is owed back. Raises
    NoSuchSubscription where it is not the actor's.
    """
    unsure = []
    async with db.transaction() as tx:
        found = await own(tx, subscription_id, actor)
        waiting = await change_store.open_of(tx, subscription_id)
    if waiting is not None and waiting.state is ChangeState.CHARGING:
        # As with a charge of its own: given up, unless it went through.
        attempt, sure = await _give_up(db, gateway, waiting.id)
        unsure += [] if sure else [waiting.id]
        if attempt is not None:
            async with db.transaction() as tx:
                found = await apply(tx, attempt)
    if found.status is not Status.ACTIVE or at == "now":
        # A charge on its way is given up first; where it went through meanwhile, it counts.
        attempt, sure = await _give_up(db, gateway, subscription_id)
        unsure += [] if sure else [subscription_id]
        if attempt is not None:
            async with db.transaction() as tx:
                await apply(tx, attempt)
                await _audit(tx, subscription_id, at, actor=actor, request_id=request_id)
    async with db.transaction() as tx:
        found = await own(tx, subscription_id, actor, lock=True)
        for reference in unsure:
            await billing.no_longer_wanted(tx, reference)
        if found.status in (Status.INCOMPLETE, Status.PAST_DUE, Status.PAUSED) or (
            found.status is Status.ACTIVE and at == "now"
        ):
            await end(tx, found, reason="canceled", actor=actor, request_id=request_id)
        elif found.status is Status.ACTIVE and not found.cancel_at_period_end:
            await store.set_cancel(tx, subscription_id)
            await _take_back(tx, subscription_id)
            await _audit(tx, subscription_id, at, actor=actor, request_id=request_id)
            tell(tx, found)
        return await own(tx, subscription_id, actor)


async def _give_up(
    db: Database, gateway: billing.Gateway, reference: str
) -> tuple[billing.Attempt | None, bool]:
    """What became of the open charge for a reference, and whether that is known."""
    try:
        return await billing.abandon(db, gateway, reference), True
    except (billing.ChargeUnderWay, billing.GatewayUnavailable):
        return None, False


async def _take_back(tx: Tx, subscription_id: str) -> None:
    """A change that would have come with the next period."""
    waiting = await change_store.open_of(tx, subscription_id)
    if waiting is not None and waiting.state is ChangeState.SCHEDULED:
        await change_store.move(tx, waiting, ChangeState.UNDONE)


async def _audit(
    tx: Tx, subscription_id: str, at: At, *, actor: Actor, request_id: str | None
) -> None:
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="subscriptions.cancel",
        object=subscription_id, detail={"at": at}, reason=None, request_id=request_id,
    )  # fmt: skip
