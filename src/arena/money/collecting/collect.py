"""Collect bills: charge the card that is kept, less and less often where it is declined; remind who has none.

tx 1   the bill is claimed: its next try moves on, and the charge's intent is written
no tx  the gateway is called with the attempt's id as its key; a crash here heals the janitor
tx 2   the attempt is settled, the receivable is paid, the bill is over, or past due
"""

from datetime import timedelta

import structlog

from arena.kit.db import Database, Tx
from arena.money import billing
from arena.money.collecting import store
from arena.money.collecting.model import CHARGE_MIN, Bill, State
from arena.money.collecting.settled import fall_behind, next_retry, settle_bill

RETRY_AFTER = timedelta(days=1)
log = structlog.get_logger()


async def collect_due(db: Database, gateway: billing.Gateway, *, grace: timedelta) -> int:
    """How many bills were taken up. Safe to run twice, at once or late; stops where the gateway does not answer."""
    count = 0
    try:
        while await _collect_one(db, gateway, grace):
            count += 1
    except billing.GatewayUnavailable:
        log.warning("payment gateway does not answer; bills wait")
    return count


async def begin(tx: Tx, gateway: billing.Gateway, bill: Bill, method_id: str) -> billing.Attempt:
    """The intent to charge what is left of a bill that the caller has locked. Raises ChargeUnderWay where another
    gateway's attempt is open."""
    assert bill.person_id is not None
    charge = billing.NewCharge(
        reference=bill.invoice_id, period_start=bill.due_at, person_id=bill.person_id, payee_id=bill.payee_id,
        payment_method_id=method_id, amount=bill.left, platform_bps=bill.platform_bps,
        debt=billing.Debt(bill.subject, bill.debt), tax=bill.tax,
    )  # fmt: skip
    attempt = await billing.begin_charge(tx, charge, gateway=gateway)
    if attempt.gateway != gateway.name:
        raise billing.ChargeUnderWay(reference=bill.invoice_id)
    return attempt


async def see_through(
    db: Database, gateway: billing.Gateway, attempt: billing.Attempt, *, grace: timedelta
) -> billing.Attempt:
    """Calls the gateway, in no transaction, and books what it says. Raises GatewayUnavailable."""
    outcome = await billing.collect(gateway, attempt)
    async with db.transaction() as tx:
        settled = await billing.settle(tx, attempt.id, outcome)
        bill = await settle_bill(tx, attempt.charge.reference)
        assert bill is not None, f"no bill {attempt.charge.reference}"
        if bill.owed and settled.state in ("failed", "requires_action"):
            reason = settled.decline_code or settled.state
            await fall_behind(tx, bill, reason, grace=grace)
    return settled


async def _collect_one(db: Database, gateway: billing.Gateway, grace: timedelta) -> bool:
    """False where nothing is due."""
    async with db.transaction() as tx:
        bill = await store.claim_due(tx)
        if bill is None:
            return False
        if bill.left.minor < CHARGE_MIN:
            await store.set_charge_at(tx, bill.invoice_id, None)
            return True
        method_id = await _card(tx, gateway, bill)
        if method_id is None:
            await _remind(tx, gateway, bill, grace)
            return True
        later = next_retry(bill.past_due_since, tx.now) if bill.past_due_since else None
        # Where nobody hears what becomes of it, the next try finds out.
        await store.set_charge_at(tx, bill.invoice_id, later or tx.now + RETRY_AFTER)
        try:
            attempt = await begin(tx, gateway, bill, method_id)
        except billing.ChargeUnderWay:
            return True
    await see_through(db, gateway, attempt, grace=grace)
    return True


async def _card(tx: Tx, gateway: billing.Gateway, bill: Bill) -> str | None:
    """The newest card that this gateway keeps for whoever pays."""
    if bill.person_id is None or gateway.cards == "none":
        return None
    kept = [
        one
        for one in await billing.payment_methods(tx, bill.person_id)
        if one.gateway == gateway.name
    ]
    return kept[-1].id if kept else None


async def _remind(tx: Tx, gateway: billing.Gateway, bill: Bill, grace: timedelta) -> None:
    """Nobody can be charged: the bill waits for its day, then for whoever reads letters."""
    if bill.state is State.OPEN and tx.now < bill.due_at:
        await store.set_charge_at(tx, bill.invoice_id, bill.due_at)
        return
    reason = "not_transferred" if gateway.cards == "none" else "no_card"
    await fall_behind(tx, bill, reason, grace=grace)
