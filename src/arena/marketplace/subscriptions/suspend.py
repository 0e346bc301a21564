"""A disputed charge: no access and no charge while one is open; then it goes on, or is over and what else was paid for
the time without access is owed back.

Nothing of the subscription is changed by a dispute but that it stands beside it (`Subscription.disputed`): whatever its
person or a charge under way does meanwhile is as it would be, and holds once the bank has decided.
"""

from arena.evidence import audit
from arena.kit.db import Tx
from arena.marketplace import listings
from arena.marketplace.subscriptions import read, store
from arena.marketplace.subscriptions.end import end, owe_undelivered, tell
from arena.marketplace.subscriptions.model import (
    NoSuchSubscription,
    Status,
    Subscription,
)
from arena.money.billing import DisputeClosed, DisputeOpened


async def suspend(tx: Tx, fact: DisputeOpened) -> None:
    """Access stops now. A repeat changes nothing, not even once it is decided."""
    found = await _of(tx, fact.reference)
    if found is None:
        return
    new = await tx.fetchval(
        """insert into subscription_dispute (id, subscription_id, opened_at) values ($1, $2, $3)
           on conflict do nothing returning id""",
        fact.dispute_id, found.id, tx.now,
    )  # fmt: skip
    if new is None or found.status is Status.ENDED:
        return
    await _stand(tx, found.id)
    await _say(tx, found, "subscriptions.suspend", fact.dispute_id)


async def resume(tx: Tx, fact: DisputeClosed) -> None:
    """Lost: it is over. Won, and none other open: access goes on as it was. Where the period is over by now, the next
    one begins at this moment and is charged; the time between is not."""
    found = await _of(tx, fact.reference)
    if found is None:
        return
    closed = await tx.fetchval(
        """insert into subscription_dispute (id, subscription_id, opened_at, closed_at) values ($1, $2, $3, $3)
           on conflict (id) do update set closed_at = $3 where subscription_dispute.closed_at is null returning id""",
        fact.dispute_id, found.id, tx.now,
    )  # fmt: skip
    if closed is None or found.status is Status.ENDED:
        return
    if not fact.won:
        await end(tx, found, reason="disputed")
        listing = await listings.listing(tx, found.listing_id)
        await owe_undelivered(tx, found, listing.creator_id, but=fact.attempt_id)
        return
    if found.disputed and not await _stand(tx, found.id):
        await _say(tx, found, "subscriptions.resume", fact.dispute_id)


async def _stand(tx: Tx, subscription_id: str) -> bool:
    """Whether one is open; written down beside the subscription. What is past due is tried anew from the end of the
    last one on, in the same rhythm."""
    since = await tx.fetchval(
        """update subscription s set disputed_since = d.since,
             resumed_at = case when d.since is null then $2 else resumed_at end,
             past_due_since = case when d.since is null and status = 'past_due' then $2 else past_due_since end,
             charge_at = case when d.since is null and (status = 'past_due' or charge_at < $2) then $2
               else charge_at end,
             updated_at = $2, revision = revision + 1
           from (select min(opened_at) as since from subscription_dispute
                 where subscription_id = $1 and closed_at is null) d
           where id = $1 returning d.since""",
        subscription_id, tx.now,
    )  # fmt: skip
    return since is not None


async def _of(tx: Tx, reference: str) -> Subscription | None:
    """The subscription that was paid for, locked; None where it was something else."""
    try:
        found = await read.charged(tx, reference)
    except NoSuchSubscription:
        return None
    return await store.by_id(tx, found.id, lock=True)


async def _say(tx: Tx, found: Subscription, action: str, dispute_id: str) -> None:
    await audit.record(
        tx, actor="system", actor_kind="system", action=action, object=found.id,
        detail={"listing": found.listing_id, "person": found.person_id, "dispute": dispute_id},
        reason=None, request_id=None,
    )  # fmt: skip
    tell(tx, found)
