"""A disputed charge: access stops and nothing is renewed, until the bank decides; then it goes on, or is over."""

from arena.evidence import audit
from arena.kit.db import Tx
from arena.marketplace.subscriptions import read, store
from arena.marketplace.subscriptions.end import end, tell
from arena.marketplace.subscriptions.model import NoSuchSubscription, Status, Subscription
from arena.money.billing import DisputeClosed, DisputeOpened


async def suspend(tx: Tx, fact: DisputeOpened) -> None:
    """Access stops now. What it would have been is kept; a second dispute, or a repeat, changes nothing."""
    found = await _of(tx, fact.reference)
    if found is None or found.status is Status.ENDED:
        return
    changed = await tx.fetchval(
        """update subscription set suspended_access = access_until, access_until = least(access_until, $2),
             charge_at = null, updated_at = $2, revision = revision + 1
           where id = $1 and suspended_access is null and access_until is not null returning id""",
        found.id, tx.now,
    )  # fmt: skip
    if changed is not None:
        await _say(tx, found, "subscriptions.suspend", fact.dispute_id)


async def resume(tx: Tx, fact: DisputeClosed) -> None:
    """Won: access goes on as it was and the next period is charged when it is due. Lost: it is over."""
    found = await _of(tx, fact.reference)
    if found is None or found.status is Status.ENDED:
        return
    if not fact.won:
        await end(tx, found, reason="disputed")
        return
    changed = await tx.fetchval(
        """update subscription set access_until = greatest(access_until, suspended_access), suspended_access = null,
             charge_at = case when cancel_at_period_end or (pause_months is not null and status = 'active') then null
               else period_end end,
             updated_at = $2, revision = revision + 1
           where id = $1 and suspended_access is not null returning id""",
        found.id, tx.now,
    )  # fmt: skip
    if changed is not None:
        await _say(tx, found, "subscriptions.resume", fact.dispute_id)


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
