"""Renew what is due on the product clock; retry what was declined, less and less often; end what stays unpaid."""

from datetime import datetime, timedelta

import structlog

from arena.kit.db import Database, Tx
from arena.marketplace import listings
from arena.marketplace.subscriptions import store
from arena.marketplace.subscriptions.apply import apply
from arena.marketplace.subscriptions.end import end
from arena.marketplace.subscriptions.model import DUNNING_DAYS, Status, Subscription
from arena.marketplace.subscriptions.periods import next_retry, next_start
from arena.marketplace.subscriptions.price import next_price, rise
from arena.money import billing

RETRY_AFTER = timedelta(days=1)
BATCH = 200
log = structlog.get_logger()


async def renew_due(db: Database, gateway: billing.Gateway) -> int:
    """Charges every subscription whose time has come; how many were taken up.

    Each is claimed in a transaction that moves its next charge on, so a crash, a decline or another
    process never makes it due twice; the attempt's key is that of the period, so it is paid once. Stops
    where the gateway does not answer: the janitor and the next retry go on. One that cannot be renewed is
    told of and left to the next run.
    """
    count, passed = 0, list[str]()
    while ids := await _due(db, but=passed):
        for subscription_id in ids:
            try:
                renewed = await _renew_one(db, gateway, subscription_id)
            except billing.GatewayUnavailable:
                log.warning("payment gateway does not answer; renewals wait")
                return count
            except Exception:  # the edge of a job: what breaks one must not keep the others waiting
                log.exception("a subscription cannot be renewed", subscription=subscription_id)
                renewed = False
            count += renewed
            if not renewed:
                passed.append(subscription_id)
    return count


async def _due(db: Database, *, but: list[str]) -> list[str]:
    async with db.transaction(readonly=True) as tx:
        return await store.due(tx, BATCH, but=but)


async def retry(db: Database, gateway: billing.Gateway, subscription_id: str) -> bool:
    """Charges this subscription alone if it is due. Raises GatewayUnavailable."""
    return await _renew_one(db, gateway, subscription_id)


async def _renew_one(db: Database, gateway: billing.Gateway, subscription_id: str) -> bool:
    """False where nothing is due, or another process has it."""
    async with db.transaction() as tx:
        due = await store.claim_due(tx, subscription_id)
        if due is None:
            return False
        attempt = await _claim(tx, gateway, due)
        last = _last(due, tx.now)
    if attempt is None:
        return True
    outcome = await billing.collect(gateway, attempt)
    async with db.transaction() as tx:
        after = await apply(tx, await billing.settle(tx, attempt.id, outcome))
    if last and after.status is Status.PAST_DUE:
        await _give_up(db, gateway, due)
    return True


async def _claim(tx: Tx, gateway: billing.Gateway, due: Subscription) -> billing.Attempt | None:
    """The intent to charge the next period; None where it is not to be charged any more.

    Where nobody hears what becomes of it, the next retry finds out; after the last one, the next day does.
    """
    listing = await listings.listing(tx, due.listing_id)
    if listing.status is listings.Status.DELISTED:
        await end(tx, due, reason="listing_delisted")
        return None
    if await rise(tx, due) is not None:
        await end(tx, due, reason="price_rise")
        return None
    later = next_retry(due.past_due_since, tx.now) if due.past_due_since else None
    await store.set_charge_at(tx, due.id, later or tx.now + RETRY_AFTER)
    charge = billing.NewCharge(
        reference=due.id, period_start=await _start(tx, due), person_id=due.person_id,
        payee_id=listing.creator_id, payment_method_id=due.payment_method_id,
        amount=await next_price(tx, due), platform_bps=due.platform_bps,
    )  # fmt: skip
    return await billing.begin_charge(tx, charge, gateway=gateway)


async def _start(tx: Tx, due: Subscription) -> datetime:
    """Of the period to charge: that of the charge under way where there is one, which a dispute may have overtaken."""
    start = next_start(due, tx.now)
    newest = await billing.charges(tx, due.person_id, due.id, limit=1)
    if newest and newest[0].state != "failed" and due.period_end is not None:
        begun = newest[0].period_start
        return begun if due.period_end <= begun < start else start
    return start


def _last(due: Subscription, now: datetime) -> bool:
    since = due.past_due_since
    return since is not None and now >= since + timedelta(days=DUNNING_DAYS)


async def _give_up(db: Database, gateway: billing.Gateway, due: Subscription) -> None:
    """Ends it as unpaid, unless the customer confirmed the charge in the last moment."""
    try:
        attempt = await billing.abandon(db, gateway, due.id)
    except billing.ChargeUnderWay:
        return  # the janitor finds out what became of it; the next day decides
    async with db.transaction() as tx:
        if attempt is not None:
            await apply(tx, attempt)
        found = await store.by_id(tx, due.id, lock=True)
        if found is not None and found.status is Status.PAST_DUE:
            await end(tx, found, reason="unpaid")
