"""What stands in an invoice or a credit note. Pure; amounts are whole minor units as strings, times ISO 8601."""

from typing import Any

from arena.kit.clock import iso_ms
from arena.money.buyers import EU
from arena.money.invoices.model import Invoice, Line, NewInvoice, Seller

NO_TAX = "No tax is charged."
REVERSE_CHARGE = "Reverse charge: the customer accounts for the value added tax (Article 196, Directive 2006/112/EC)."


def invoice_document(new: NewInvoice, seller: Seller, buyer: dict[str, Any]) -> dict[str, Any]:
    """All but the id, the number and the day, which come last. Prices have tax in them; none is charged."""
    document: dict[str, Any] = {
        "type": "invoice/v1", "currency": new.currency, "source": new.source,
        "seller": {
            "name": seller.name, "address": seller.address, "country": seller.country,
            "tax_id": seller.tax_id,
        },
        "buyer": buyer,
        "lines": [_line(line) for line in new.lines],
        "net": str(new.total), "tax": "0", "total": str(new.total),
        "notes": tax_notes(seller, buyer), "about": dict(new.about or {}),
    }  # fmt: skip
    if new.paid_with is not None:
        document["paid_with"] = new.paid_with
    if new.due_at is not None:
        document["due_at"] = iso_ms(new.due_at)
    return document


def credit_document(of: Invoice, amount: int, *, source: str, reason: str) -> dict[str, Any]:
    """Takes back a part of an invoice, or all of it; seller and buyer are the invoice's own."""
    return {
        "type": "credit_note/v1", "currency": of.total.currency, "source": source,
        "seller": of.document["seller"], "buyer": of.document["buyer"],
        "credits": {"id": of.id, "number": of.label, "total": str(of.total.minor)}, "reason": reason,
        "lines": [], "net": str(amount), "tax": "0", "total": str(amount), "notes": of.document["notes"],
        "about": of.document["about"],
    }  # fmt: skip


def tax_notes(seller: Seller, buyer: dict[str, Any]) -> list[str]:
    """That no tax is charged; and where a business of another member state owes it, that it does."""
    notes = [NO_TAX]
    if (
        seller.tax_id
        and seller.country in EU
        and buyer["kind"] == "company"
        and buyer["tax_id"]
        and buyer["country"] in EU - {seller.country}
    ):
        notes.append(REVERSE_CHARGE)
    return notes


def _line(line: Line) -> dict[str, Any]:
    spelled = {
        "description": line.description, "start": iso_ms(line.start), "end": iso_ms(line.end),
        "quantity": str(line.quantity), "net": str(line.amount), "tax_bps": "0", "tax": "0",
        "total": str(line.amount),
    }  # fmt: skip
    if line.unit_micros is not None:
        spelled["unit_micros"] = str(line.unit_micros)
    return spelled
