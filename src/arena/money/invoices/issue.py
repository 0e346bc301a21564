"""Issue invoices and credit notes: number, document and fact in the caller's transaction, once for each source.

The number is taken last but for the row itself, so that whoever issues next waits for no more than that; where the
transaction fails its number was never given, and the next one gets it.
"""

from collections.abc import Mapping
from typing import Any

from arena.evidence import audit
from arena.kit.canonical import canonical_json, sha256_hex
from arena.kit.db import Tx
from arena.kit.ids import derived
from arena.kit.money import Money
from arena.money import buyers
from arena.money.invoices import store
from arena.money.invoices.document import credit_document, invoice_document
from arena.money.invoices.model import (
    PREFIX,
    CreditAboveInvoice,
    Invoice,
    InvoiceIssued,
    InvoiceKind,
    NewInvoice,
    Seller,
    label_of,
)
from arena.people import identity


async def issue(tx: Tx, new: NewInvoice, *, seller: Seller) -> Invoice:
    """The invoice of this source; a repeat gives the one that is there."""
    await store.hold_source(tx, new.source)
    kept = await store.of_source(tx, new.source)
    if kept is not None:
        return kept
    person_id = await buyers.payer_of(tx, new.subject)
    document = invoice_document(new, seller, await _buyer(tx, new.subject, person_id))
    amount = Money(new.total, new.currency)
    return await _keep(
        tx, "invoice", document, source=new.source, subject=new.subject, person_id=person_id, amount=amount
    )  # fmt: skip


async def credit(tx: Tx, invoice_id: str, amount: int, *, source: str, reason: str) -> Invoice:
    """A credit note over `amount` (minor units) of the invoice; a repeat of the source gives the one that is there.

    Raises CreditAboveInvoice.
    """
    await store.hold_source(tx, source)
    kept = await store.of_source(tx, source)
    if kept is not None:
        return kept
    of = await store.one(tx, invoice_id, lock=True)
    assert of is not None, f"no invoice {invoice_id}"
    before = await store.credited(tx, invoice_id)
    left = of.total.minor - before
    asked = Money(amount, of.total.currency)
    if not 0 < amount <= left:
        raise CreditAboveInvoice(
            number=of.label, left=str(Money(left, of.total.currency)), asked=str(asked)
        )
    notes = await store.credit_notes(tx, invoice_id)
    document = credit_document(
        of, amount, before=before, taxed_before=sum(int(one.document["tax"]) for one in notes),
        source=source, reason=reason,
    )  # fmt: skip
    return await _keep(
        tx, "credit_note", document, source=source, subject=of.subject, person_id=of.person_id,
        amount=asked, credits=of.id,
    )  # fmt: skip


async def left_to_credit(tx: Tx, found: Invoice) -> Money:
    """What credit notes have left of an invoice."""
    credited = await store.credited(tx, found.id)
    return Money(found.total.minor - credited, found.total.currency)


async def _keep(
    tx: Tx,
    kind: InvoiceKind,
    document: Mapping[str, Any],
    *,
    source: str,
    subject: str,
    person_id: str | None,
    amount: Money,
    credits: str | None = None,
) -> Invoice:
    invoice_id = derived("inv", source)
    series = f"{PREFIX[kind]}-{tx.now:%Y}"
    number, at = await store.next_number(tx, series)
    label = label_of(series, number)
    spelled = canonical_json(
        {**document, "id": invoice_id, "number": label, "issued_at": at.isoformat()}
    )
    made = Invoice(
        invoice_id, series, number, kind, credits, source, subject, person_id, amount, {}, sha256_hex(spelled), at
    )  # fmt: skip
    await store.insert(tx, made, spelled)
    await tx.record(
        InvoiceIssued(invoice_id, kind, label, subject, source, amount.minor, amount.currency)
    )
    # The trail names the document by its digest: who has it can show that nobody changed it since.
    await audit.record(
        tx, actor="system", actor_kind="system", action=f"invoices.{kind}", object=invoice_id,
        detail={"number": label, "source": source, "total": str(amount), "sha": made.sha},
        reason=None, request_id=None,
    )  # fmt: skip
    kept = await store.one(tx, invoice_id)
    assert kept is not None
    return kept


async def _buyer(tx: Tx, subject: str, person_id: str | None) -> dict[str, Any]:
    """As the person's billing details stand now; the name alone where there are none."""
    found = None if person_id is None else await buyers.details(tx, person_id)
    if found is not None:
        return {
            "subject": subject, "kind": found.kind, "name": found.name, "address": found.address,
            "country": found.country, "tax_id": found.tax_id or "", "details_version": str(found.version),
        }  # fmt: skip
    if person_id is not None:
        name = (await identity.person(tx, person_id)).name
    else:
        name = (await identity.collective(tx, subject)).name
    blank = dict.fromkeys(("address", "country", "tax_id"), "")
    return {"subject": subject, "kind": "individual", "name": name, **blank}
