"""Renew what is due on the product clock; retry daily what was declined; end what stays unpaid."""

from datetime import timedelta

import structlog

from arena.kit.db import Database, Tx
from arena.marketplace import listings
from arena.marketplace.subscriptions import store
from arena.marketplace.subscriptions.apply import apply
from arena.marketplace.subscriptions.end import end
from arena.marketplace.subscriptions.model import DUNNING_DAYS, Status, Subscription
from arena.money import billing

RETRY_AFTER = timedelta(days=1)
log = structlog.get_logger()


async def renew_due(db: Database, gateway: billing.Gateway) -> int:
    """Charges every subscription whose time has come; how many were taken up.

    Each is claimed in a transaction that moves its next charge a day on, so a crash, a decline or another
    process never makes it due twice; the attempt's key is that of the period, so it is paid once. Stops
    where the gateway does not answer: the janitor and the next day go on.
    """
    count = 0
    try:
        while await _renew_one(db, gateway):
            count += 1
    except billing.GatewayUnavailable:
        log.warning("payment gateway does not answer; renewals wait")
    return count


async def retry(db: Database, gateway: billing.Gateway, subscription_id: str) -> bool:
    """Charges this subscription alone if it is due. Raises GatewayUnavailable."""
    return await _renew_one(db, gateway, only=subscription_id)


async def _renew_one(db: Database, gateway: billing.Gateway, *, only: str | None = None) -> bool:
    """False where nothing is due."""
    async with db.transaction() as tx:
        due = await store.claim_due(tx, only)
        if due is None:
            return False
        attempt = await _claim(tx, gateway, due)
        if attempt is None and due.status is not Status.PAST_DUE:
            return True
    if attempt is None:
        await _give_up(db, gateway, due)
        return True
    outcome = await billing.collect(gateway, attempt)
    async with db.transaction() as tx:
        await apply(tx, await billing.settle(tx, attempt.id, outcome))
    return True


async def _claim(tx: Tx, gateway: billing.Gateway, due: Subscription) -> billing.Attempt | None:
    """The intent to charge the next period; None where it is not to be charged any more."""
    assert due.period_end is not None
    listing = await listings.listing(tx, due.listing_id)
    if listing.status is listings.Status.DELISTED:
        await end(tx, due, reason="listing_delisted")
        return None
    await store.set_charge_at(tx, due.id, tx.now + RETRY_AFTER)
    overdue = tx.now >= due.period_end + timedelta(days=DUNNING_DAYS)
    if due.status is Status.PAST_DUE and overdue:
        return None
    charge = billing.NewCharge(
        reference=due.id, period_start=due.period_end, person_id=due.person_id,
        payee_id=listing.creator_id, payment_method_id=due.payment_method_id,
        amount=due.amount, platform_bps=due.platform_bps,
    )  # fmt: skip
    return await billing.begin_charge(tx, charge, gateway=gateway)


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
