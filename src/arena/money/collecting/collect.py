"""Collect bills: charge the card that is kept, less and less often where it is declined; remind who has none.

tx 1   the bill is claimed: its next try moves on, and the charge's intent is written
no tx  the gateway is called with the attempt's id as its key; a crash here heals the janitor
tx 2   the attempt is settled, the receivable is paid, the bill is over, or past due
"""

from datetime import timedelta

import structlog

from arena.kit.db import Database, Tx
from arena.kit.money import Money
from arena.money import billing
from arena.money.collecting import store
from arena.money.collecting.model import CHARGE_MIN, Bill, State
from arena.money.collecting.settled import fall_behind, next_retry, settle_bill

RETRY_AFTER = timedelta(days=1)
log = structlog.get_logger()


async def collect_due(db: Database, gateway: billing.Gateway, *, grace: timedelta) -> int:
    """How many bills were taken up. Safe to run twice, at once or late; stops where the gateway does not answer. One
    that cannot be collected is told of and left to the next run."""
    count, passed = 0, list[str]()
    while ids := await _due(db, passed):
        for invoice_id in ids:
            try:
                count += await _collect_one(db, gateway, grace, invoice_id)
            except billing.GatewayUnavailable:
                log.warning("payment gateway does not answer; bills wait")
                return count
            except Exception as broken:  # noqa: BLE001 - the edge of a job: one bill must not hold up the others
                log.error("a bill cannot be collected", invoice=invoice_id, error=repr(broken))
        passed += ids
    return count


async def _due(db: Database, passed: list[str]) -> list[str]:
    async with db.transaction(readonly=True) as tx:
        return await store.due(tx, but=passed)


async def begin(tx: Tx, gateway: billing.Gateway, bill: Bill, method_id: str) -> billing.Attempt:
    """The intent to charge what is left of a bill that the caller has locked, and what of its debt is too little to be
    charged alone. Raises ChargeUnderWay where another
    gateway's attempt is open."""
    assert bill.person_id is not None
    charge = billing.NewCharge(
        reference=bill.invoice_id, period_start=bill.due_at, person_id=bill.person_id, payee_id=bill.payee_id,
        payment_method_id=method_id, amount=await asked(tx, bill), platform_bps=bill.platform_bps,
        debt=billing.Debt(bill.subject, bill.debt), tax=bill.tax,
    )  # fmt: skip
    attempt = await billing.begin_charge(tx, charge, gateway=gateway)
    if attempt.gateway != gateway.name:
        raise billing.ChargeUnderWay(reference=bill.invoice_id)
    return attempt


async def asked(tx: Tx, bill: Bill) -> Money:
    """What a card is asked for: what is left of the bill, and of those of the same debt that no card takes alone.

    What is charged beyond the bill settles them (`settle_bill`)."""
    small = [one.left.minor for one in await store.owed_of_debt(tx, bill)]
    more = sum(left for left in small if left < CHARGE_MIN)
    return Money(bill.left.minor + more, bill.left.currency)


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


async def _collect_one(
    db: Database, gateway: billing.Gateway, grace: timedelta, invoice_id: str
) -> bool:
    """False where it is not due any more, or somebody else's."""
    async with db.transaction() as tx:
        bill = await store.claim_due(tx, invoice_id)
        if bill is None:
            return False
        if (await asked(tx, bill)).minor < CHARGE_MIN:  # it waits for the next bill of its debt
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
