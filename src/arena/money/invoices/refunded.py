"""The reaction to money that goes back: a credit note for what was given back of an invoiced payment."""

from arena.kit.db import Tx
from arena.money import billing
from arena.money.billing import DisputeClosed, RefundSettled
from arena.money.invoices import store
from arena.money.invoices.issue import credit
from arena.money.invoices.model import Invoice


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
    """What went back for the same thing and is not credited yet: of this payment's invoice first, then of the others.
    Nothing where it has none. A payment has an invoice of its own, or is for one."""
    await store.hold_source(tx, f"credits of {fact.reference}")
    found = await _invoices(tx, fact)
    left = await billing.given_back(tx, fact.reference)
    left -= await store.credited_for_money(tx, [one.id for one in found])
    if isinstance(fact, RefundSettled):
        left = min(left, fact.amount)  # of other refunds there are other facts
    for one in found:
        room = one.total.minor - await store.credited(tx, one.id)
        amount = min(left, room)
        if amount > 0:
            named = source if one is found[0] else f"{source}:{one.id}"
            await credit(tx, one.id, amount, source=named, reason=reason)
            left -= amount


async def _invoices(tx: Tx, fact: RefundSettled | DisputeClosed) -> list[Invoice]:
    payments = dict.fromkeys([fact.attempt_id, *await billing.paid_for(tx, fact.reference)])
    own = [await store.of_source(tx, each) for each in payments]
    kept = [*own, await store.one(tx, fact.reference)]
    return [one for one in kept if one is not None]
