"""The reaction to money that goes back: a credit note for what was given back of an invoiced payment."""

from arena.kit.db import Tx
from arena.money import billing
from arena.money.billing import DisputeClosed, RefundSettled
from arena.money.invoices import store
from arena.money.invoices.issue import credit


async def credit_refund(tx: Tx, fact: RefundSettled) -> None:
    """Once the gateway has taken a refund on. One that comes back later stays credited: the money is owed, and goes
    out again under the same note."""
    if fact.state == "failed":
        return
    reason = await billing.refund_reason(tx, fact.refund_id)
    await _credit(tx, fact, source=fact.refund_id, reason=reason)


async def credit_dispute(tx: Tx, fact: DisputeClosed) -> None:
    """A lost dispute is money that went back."""
    if not fact.won:
        reason = "the charge was disputed with the bank, and undone"
        await _credit(tx, fact, source=fact.dispute_id, reason=reason)


async def _credit(tx: Tx, fact: RefundSettled | DisputeClosed, *, source: str, reason: str) -> None:
    """What is gone of the payment and not credited yet; nothing where it has no invoice. A payment has an invoice of
    its own, or is for one."""
    found = await store.of_source(tx, fact.attempt_id) or await store.one(tx, fact.reference)
    if found is None:
        return
    await store.one(tx, found.id, lock=True)
    gone = await billing.given_back(tx, fact.attempt_id)
    amount = min(gone, found.total.minor) - await store.credited(tx, found.id)
    if amount > 0:
        await credit(tx, found.id, amount, source=source, reason=reason)
