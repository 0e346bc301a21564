"""Invoice the months that are over: lines, journals and the month's mark in one transaction, once."""

from collections.abc import Sequence

from arena.evidence import audit
from arena.kit.db import Database, Tx
from arena.kit.ids import derived
from arena.money import buyers, ledger
from arena.money.buyers import Tax
from arena.money.usage import store
from arena.money.usage.model import (
    LATE,
    Invoice,
    Line,
    LineKind,
    Plan,
    UsageInvoiced,
    month_after,
)
from arena.money.usage.rate import invoice_lines

BATCH = 100
_KINDS: dict[LineKind, ledger.Kind] = {
    "set_up": ledger.Kind.CONTRACT_INVOICED,
    "contract": ledger.Kind.CONTRACT_INVOICED,
    "usage": ledger.Kind.USAGE_INVOICED,
    "minimum": ledger.Kind.MINIMUM_TRUE_UP,
}


async def invoice_due(db: Database) -> int:
    """How many invoices were made. Safe to run twice, at once or late; a crash leaves no half of a batch."""
    count, made = 0, 1
    while made:
        async with db.transaction() as tx:
            made = await _invoice_batch(tx)
        count += made
    return count


async def _invoice_batch(tx: Tx) -> int:
    due = await store.due(tx, tx.now - LATE, BATCH)
    for plan in due:
        await _invoice(tx, plan)
    return len(due)


async def _invoice(tx: Tx, plan: Plan) -> None:
    month = plan.invoiced_until
    lines = invoice_lines(plan, month, await store.open_months(tx, plan.id, month))
    made = Invoice(
        derived("uin", plan.id, month.isoformat()), plan.id, month, sum(line.amount for line in lines), lines,
        tx.now,
    )  # fmt: skip
    tax = await buyers.tax_for(tx, await buyers.payer_of(tx, plan.terms.subject))
    taxed = 0
    for kind in sorted({_KINDS[line.kind] for line in lines}):
        of_kind = [line for line in lines if _KINDS[line.kind] == kind]
        taxed += await _post(tx, plan, made, (kind, tax), of_kind)
    await store.insert_invoice(tx, made)
    await store.invoiced_until(tx, plan.id, month_after(month))
    await tx.record(
        UsageInvoiced(
            plan.id, plan.terms.subject, made.id, month, made.total, taxed, tax.bps, tax.country, tax.reverse_charge
        )
    )  # fmt: skip
    await audit.record(
        tx, actor="system", actor_kind="system", action="usage.invoice", object=plan.id,
        detail={"invoice": made.id, "month": month.isoformat(), "total": str(made.total)},
    )  # fmt: skip


async def _post(
    tx: Tx, plan: Plan, invoice: Invoice, of: tuple[ledger.Kind, Tax], lines: Sequence[Line]
) -> int:
    """What is owed more; or, where corrections outweigh it, what is not asked for any more. How much of it is tax."""
    kind, tax = of
    amount = sum(line.amount for line in lines)
    if not amount:
        return 0
    taxed = tax.within(amount)
    legs = [
        ledger.Leg(f"receivable:{plan.terms.subject}", amount),
        ledger.Leg("platform:fee_income", taxed - amount),
    ]
    if taxed:
        legs.append(ledger.Leg(tax.account, -taxed))
    booked = kind if amount > 0 else ledger.Kind.RECEIVABLE_WAIVED
    await ledger.post(tx, kind=booked, idem=f"{invoice.id}:{kind}", reference=plan.id, legs=legs)
    return taxed
