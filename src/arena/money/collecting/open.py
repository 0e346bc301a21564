"""Reactions to what is owed: usage and fees become invoices with a number, and bills that are collected.

The invoice and its bill are one transaction. Where corrections outweigh a month, earlier invoices are credited.
"""

from dataclasses import dataclass
from datetime import datetime

from arena.kit.db import Tx
from arena.kit.money import Money
from arena.money import buyers, invoices, ledger, usage
from arena.money.buyers import Tax
from arena.money.collecting import store
from arena.money.collecting.model import TERMS, Bill, State
from arena.money.collecting.settled import settle_bill
from arena.money.invoices import Line, NewInvoice, Seller
from arena.money.performance_fees import FeeCrystallised
from arena.money.usage import UsageInvoiced

PLATFORM = "platform"
_WORDS = {
    "set_up": "Set-up", "contract": "Contract, the month", "usage": "Calls of the API",
    "minimum": "Up to the agreed minimum",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Debt:
    """Where the receivable stands, and who has a share of it."""

    subject: str
    reference: str
    payee_id: str
    platform_bps: int


async def bill_usage(tx: Tx, fact: UsageInvoiced, *, seller: Seller) -> None:
    """A month of calls: an invoice and a bill; credit notes where the month came to less than nothing."""
    made = await usage.invoice(tx, fact.invoice_id)
    assert made is not None, f"no usage invoice {fact.invoice_id}"
    debt = _Debt(fact.subject, fact.plan_id, PLATFORM, 10_000)
    tax = Tax(fact.tax_country, fact.tax_bps, fact.reverse_charge)
    if made.total < 0:
        await _credit_back(tx, debt, -made.total, source=made.id)
    elif made.total:
        plan = (await usage.plans_by_id(tx, [fact.plan_id]))[fact.plan_id]
        lines = [_line(line, plan) for line in made.lines if line.amount]
        about = {"Plan": plan.id, "Month": f"{made.month:%Y-%m}"}
        new = NewInvoice(
            made.id,
            fact.subject,
            lines,
            due_at=tx.now + TERMS,
            about=about,
            tax=tax,
            taxed=fact.tax,
        )
        await _open(tx, debt, new, seller)


async def bill_fee(tx: Tx, fact: FeeCrystallised, *, seller: Seller) -> None:
    """A performance fee: an invoice and a bill of the copier."""
    debt = _Debt(fact.copier_id, fact.contract_id, fact.creator_id, fact.platform_bps)
    tax = Tax(fact.tax_country, fact.tax_bps, fact.reverse_charge)
    line = Line(
        "Performance fee on new profits above the high-water mark", fact.period_start, fact.period_end, fact.fee
    )  # fmt: skip
    about = {"Contract": fact.contract_id, "Statement": fact.statement_id}
    new = NewInvoice(
        fact.statement_id, fact.copier_id, [line], fact.currency, due_at=tx.now + TERMS, about=about, tax=tax,
        taxed=fact.tax,
    )  # fmt: skip
    await _open(tx, debt, new, seller)


async def bill_again(
    tx: Tx, before: Bill, taken: tuple[int, int], *, source: str, seller: Seller
) -> Bill:
    """What a bank took back of a paid bill is owed again: a journal, an invoice of its own (the old one has a credit
    note) and a bill. `taken` is the amount and how much of it is tax, minor units. Repeatable by `source`."""
    amount, taxed = taken
    currency = before.amount.currency
    legs = [
        ledger.Leg(f"receivable:{before.subject}", amount, currency),
        ledger.Leg("platform:fee_income", taxed - amount, currency),
    ]
    if taxed:
        legs.append(ledger.Leg(before.tax.account, -taxed, currency))
    await ledger.post(
        tx, kind=ledger.Kind.USAGE_INVOICED, idem=source, reference=before.debt, legs=legs
    )
    number = (await invoices.invoice_of(tx, before.invoice_id)).label
    line = Line(f"Invoice {number}, whose payment the bank took back", tx.now, tx.now, amount)
    new = NewInvoice(
        source, before.subject, [line], currency, due_at=tx.now, about={"Plan": before.debt, "Invoice": number},
        tax=before.tax, taxed=taxed,
    )  # fmt: skip
    debt = _Debt(before.subject, before.debt, before.payee_id, before.platform_bps)
    await _open(tx, debt, new, seller)
    made = await invoices.of_source(tx, source)
    assert made is not None
    bill = await store.one(tx, made.id)
    assert bill is not None
    return bill


async def _open(tx: Tx, debt: _Debt, new: NewInvoice, seller: Seller) -> None:
    """Repeatable. What was paid or credited too much before settles it first."""
    await store.hold_debt(tx, debt.subject, debt.reference)
    invoice = await invoices.issue(tx, new, seller=seller)
    if await store.one(tx, invoice.id) is not None:
        return
    nothing = Money(0, new.currency)
    by_credit = min(await store.credit_left(tx, debt.subject, debt.reference), new.total)
    assert new.due_at is not None
    await store.insert(tx, Bill(
        invoice.id, debt.subject, await buyers.payer_of(tx, debt.subject), debt.reference, debt.payee_id,
        debt.platform_bps, new.tax, new.taxed, Money(new.total, new.currency), nothing, nothing,
        Money(by_credit, new.currency), State.OPEN, new.due_at, tx.now, None, None, None,
    ))  # fmt: skip
    await settle_bill(tx, invoice.id)


async def _credit_back(tx: Tx, debt: _Debt, amount: int, *, source: str) -> None:
    """The newest invoices first, none by more than is left of it; repeatable."""
    await store.hold_debt(tx, debt.subject, debt.reference)
    for bill in await store.of_debt(tx, debt.subject, debt.reference):
        invoice = await invoices.invoice_of(tx, bill.invoice_id)
        named = f"{source}:{invoice.id}"
        kept = await invoices.of_source(tx, named)
        if kept is None:
            part = min(amount, (await invoices.left_to_credit(tx, invoice)).minor)
            if part:
                await invoices.credit(
                    tx, invoice.id, part, source=named, reason="calls were corrected after they had been invoiced"
                )  # fmt: skip
                await store.add_credit(tx, invoice.id, part)
                await settle_bill(tx, invoice.id)
        else:
            part = kept.total.minor
        amount -= part


def _line(line: usage.Line, plan: usage.Plan) -> Line:
    end: datetime = usage.month_after(line.month)
    if line.kind == "usage" and line.units:
        return Line(
            _WORDS[line.kind], line.month, end, line.amount, line.units, plan.terms.price_micros
        )
    return Line(_WORDS[line.kind], line.month, end, line.amount)
