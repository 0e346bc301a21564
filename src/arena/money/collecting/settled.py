"""What follows from money that came in, or did not: a bill is paid, or behind. Repeatable: what was paid is added up
from the payments themselves."""

from datetime import datetime, timedelta

from arena.evidence import audit
from arena.kit.db import Tx
from arena.money import billing
from arena.money.billing import ChargeFailed, ChargeSucceeded
from arena.money.collecting import store
from arena.money.collecting.model import (
    MOVES,
    RETRY_DAYS,
    Bill,
    BillFellBehind,
    BillSettled,
    State,
)


async def charge_paid(tx: Tx, charge: ChargeSucceeded) -> None:
    """Charges that are not for a bill change nothing."""
    await settle_bill(tx, charge.reference)


async def charge_failed(tx: Tx, charge: ChargeFailed, *, grace: timedelta) -> None:
    """The first decline makes a bill past due; who tries again tells of further ones."""
    bill = await store.one(tx, charge.reference, lock=True)
    if bill is not None and bill.state is State.OPEN:
        await fall_behind(tx, bill, charge.decline_code, grace=grace)


async def settle_bill(tx: Tx, invoice_id: str) -> Bill | None:
    """The bill with all that was paid for it; it is over where nothing is left. What is beyond it settles the other
    bills of its debt, the oldest first. None where there is no such bill."""
    before = await store.one(tx, invoice_id, lock=True)
    if before is None:
        return None
    charged = sum(amount.minor for _, amount in await billing.captured(tx, [invoice_id]))
    transferred = sum(one.amount.minor for one in await store.receipts(tx, invoice_id))
    await store.set_paid(tx, invoice_id, charged + transferred)
    bill = await _settled(tx, invoice_id)
    if await store.credit_left(tx, bill.subject, bill.debt):
        for other in [bill, *await store.owed_of_debt(tx, bill)]:
            await _from_credit(tx, other)
    return await store.one(tx, invoice_id)


async def _settled(tx: Tx, invoice_id: str) -> Bill:
    bill = await store.one(tx, invoice_id)
    assert bill is not None
    if bill.owed and not bill.left.minor:
        await end(tx, bill, State.PAID)
    return bill


async def _from_credit(tx: Tx, bill: Bill) -> None:
    """Nothing while a card may just be paying it: its own outcome asks again."""
    left = await store.credit_left(tx, bill.subject, bill.debt)
    use = min(left, bill.left.minor) if bill.owed else 0
    if use and await billing.under_way(tx, bill.invoice_id) is None:
        await store.use_credit(tx, bill.invoice_id, use)
        await _settled(tx, bill.invoice_id)


async def end(tx: Tx, bill: Bill, state: State) -> None:
    """Ends a bill whose row the caller has locked."""
    assert state in MOVES[bill.state], f"{bill.invoice_id} is {bill.state}"
    await store.finish(tx, bill.invoice_id, state)
    await tx.record(BillSettled(bill.invoice_id, bill.subject, bill.person_id, state.value))
    await audit.record(
        tx, actor="system", actor_kind="system", action=f"collecting.{state.value}", object=bill.invoice_id,
        detail={"paid": str(bill.paid), "credited": str(bill.credited)}, reason=None, request_id=None,
    )  # fmt: skip


async def fall_behind(tx: Tx, bill: Bill, reason: str, *, grace: timedelta) -> None:
    """It is past due, and its person is told; tried again, or told again, at the next of the retry days."""
    assert bill.state is State.PAST_DUE or State.PAST_DUE in MOVES[bill.state]
    since = bill.past_due_since or tx.now
    retry_at = next_retry(since, tx.now)
    await store.set_past_due(tx, bill.invoice_id, reason, retry_at)
    if bill.person_id is not None:
        await tx.record(
            BillFellBehind(bill.invoice_id, bill.person_id, reason, retry_at, since + grace)
        )
    await audit.record(
        tx, actor="system", actor_kind="system", action="collecting.past_due", object=bill.invoice_id,
        detail={"left": str(bill.left)}, reason=reason, request_id=None,
    )  # fmt: skip


def next_retry(since: datetime, now: datetime) -> datetime | None:
    """When a bill that is past due since then is tried again; None after the last try."""
    days = (since + timedelta(days=day) for day in RETRY_DAYS)
    return next((at for at in days if at > now), None)
