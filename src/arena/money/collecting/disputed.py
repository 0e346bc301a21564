"""A payment for calls that is disputed: calls are refused until the bank has decided, and a lost one is owed again.

A plan stays as it is: without one calls would cost nothing. A card that was disputed is not charged again by itself.
"""

from datetime import timedelta

from arena.evidence import audit
from arena.kit.db import Tx
from arena.money import billing, ledger, usage
from arena.money.billing import DisputeClosed, DisputeOpened
from arena.money.collecting import store
from arena.money.collecting.model import Bill, BillFellBehind, CallsBlocked, State
from arena.money.collecting.open import bill_again
from arena.money.invoices import Seller

REASON = "disputed"


async def payment_disputed(tx: Tx, fact: DisputeOpened) -> None:
    """The reaction to a dispute: nothing where it was no payment for calls, or is decided already."""
    bill = await _of_calls(tx, fact.reference)
    if bill is None or await _decided(tx, fact.dispute_id) is not None:
        return
    await store.set_disputed(tx, bill.invoice_id, tx.now)
    await _say(tx, bill, "disputed", fact.dispute_id)
    if await usage.block(tx, bill.subject, blocked=True):
        await tx.record(CallsBlocked(bill.subject, tx.now, REASON))


async def dispute_decided(tx: Tx, fact: DisputeClosed, *, seller: Seller, grace: timedelta) -> None:
    """The reaction to its end. Won: calls go on at once, where nothing else is as late. Lost: what the bank took back
    is invoiced again, and calls go on when that is paid. Repeatable."""
    bill = await _of_calls(tx, fact.reference)
    if bill is None:
        return
    await store.set_disputed(tx, bill.invoice_id, None)
    if not fact.won:
        await _owed_again(tx, bill, fact, seller)
    late = dict(await store.late_subjects(tx, tx.now - grace))
    if bill.subject not in late:
        await usage.block(tx, bill.subject, blocked=False)
    elif await usage.block(tx, bill.subject, blocked=True):
        await tx.record(CallsBlocked(bill.subject, late[bill.subject], REASON))


async def _owed_again(tx: Tx, bill: Bill, fact: DisputeClosed, seller: Seller) -> None:
    lost = await _decided(tx, fact.dispute_id)
    assert lost is not None, f"{fact.dispute_id} is lost without a journal"
    by_code = {entry.code: entry.amount for entry in lost.entries}
    taxed = by_code.get(bill.tax.account, 0)
    amount = by_code.get("platform:fee_income", 0) + taxed
    if amount <= 0:  # it was owed back to him in any case
        return
    again = await bill_again(
        tx, bill, (amount, taxed), source=f"{fact.dispute_id}:again", seller=seller
    )
    if again.state is not State.OPEN or again.past_due_since is not None:
        return
    await store.set_past_due(tx, again.invoice_id, REASON, None)
    await store.set_disputed(tx, again.invoice_id, tx.now)
    if again.person_id is not None:
        await tx.record(BillFellBehind(again.invoice_id, again.person_id, REASON, None, tx.now))
    await _say(tx, again, "owed_again", fact.dispute_id)


async def _of_calls(tx: Tx, invoice_id: str) -> Bill | None:
    bill = await store.one(tx, invoice_id, lock=True)
    return bill if bill is not None and bill.debt.startswith("upl_") else None


async def _decided(tx: Tx, dispute_id: str) -> ledger.Journal | None:
    """The journal of a dispute's end; None while it is open."""
    name = await billing.dispute_at_gateway(tx, dispute_id)
    for end in ("won", "lost"):
        found = await ledger.journal_by_key(tx, f"dispute:{name}:{end}")
        if found is not None:
            return found
    return None


async def _say(tx: Tx, bill: Bill, act: str, dispute_id: str) -> None:
    await audit.record(
        tx, actor="system", actor_kind="system", action=f"collecting.{act}", object=bill.invoice_id,
        detail={"subject": bill.subject, "dispute": dispute_id}, reason=None, request_id=None,
    )  # fmt: skip
