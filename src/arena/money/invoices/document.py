"""What stands in an invoice or a credit note. Pure; amounts are whole minor units as strings, times ISO 8601."""

from typing import Any

from arena.kit.clock import iso_ms
from arena.money.buyers import EU, Tax
from arena.money.invoices.model import Invoice, Line, NewInvoice, Seller

NO_TAX = "No tax is charged."
REVERSE_CHARGE = "Reverse charge: the customer accounts for the tax."
REVERSE_CHARGE_EU = (
    "Reverse charge: the customer accounts for the value added tax (Article 196, Directive 2006/112/EC)."
)  # fmt: skip


def invoice_document(new: NewInvoice, seller: Seller, buyer: dict[str, Any]) -> dict[str, Any]:
    """All but the id, the number and the day, which come last. Prices have their tax in them."""
    document: dict[str, Any] = {
        "type": "invoice/v1", "currency": new.currency, "source": new.source,
        "seller": {
            "name": seller.name, "address": seller.address, "country": seller.country,
            "tax_id": seller.tax_id,
        },
        "buyer": buyer,
        "lines": [_line(line) for line in new.lines],
        "net": str(new.total - new.taxed), "tax": str(new.taxed), "total": str(new.total),
        "tax_bps": str(new.tax.bps), "tax_country": new.tax.country or "",
        "notes": tax_notes(seller, buyer, new.tax), "about": dict(new.about or {}),
    }  # fmt: skip
    if new.paid_with is not None:
        document["paid_with"] = new.paid_with
    if new.due_at is not None:
        document["due_at"] = iso_ms(new.due_at)
    return document


def credit_document(
    of: Invoice, amount: int, *, before: int, taxed_before: int, source: str, reason: str
) -> dict[str, Any]:
    """Takes back a part of an invoice, or all of it; seller and buyer are the invoice's own. `before` was credited
    earlier, `taxed_before` of it tax: all credit notes together take back the invoice's tax and not a cent more."""
    taxed = tax_credited(of, before + amount) - taxed_before
    return {
        "type": "credit_note/v1", "currency": of.total.currency, "source": source,
        "seller": of.document["seller"], "buyer": of.document["buyer"],
        "credits": {"id": of.id, "number": of.label, "total": str(of.total.minor)}, "reason": reason,
        "lines": [], "net": str(amount - taxed), "tax": str(taxed), "total": str(amount),
        "tax_bps": of.document["tax_bps"], "tax_country": of.document["tax_country"],
        "notes": of.document["notes"], "about": of.document["about"],
    }  # fmt: skip


def tax_credited(of: Invoice, amount: int) -> int:
    """What of the first `amount` that is taken back is tax; of all of it, all of its tax."""
    whole = int(of.document["tax"])
    if amount == of.total.minor:
        return whole
    return min(Tax(bps=int(of.document["tax_bps"])).within(amount), whole)


def tax_notes(seller: Seller, buyer: dict[str, Any], tax: Tax) -> list[str]:
    """What is in the price; and where a business accounts for the tax itself, that it does."""
    if tax.bps:
        per_cent = f"{tax.bps // 100}.{tax.bps % 100:02d}".rstrip("0").rstrip(".")
        return [f"Tax of {per_cent} % ({tax.country}) is in the total."]
    abroad = seller.country in EU and buyer["country"] in EU - {seller.country}
    business = buyer["kind"] == "company" and bool(buyer["tax_id"])
    if tax.reverse_charge or (seller.tax_id and abroad and business):
        return [NO_TAX, REVERSE_CHARGE_EU if abroad else REVERSE_CHARGE]
    return [NO_TAX]


def _line(line: Line) -> dict[str, Any]:
    spelled = {
        "description": line.description, "start": iso_ms(line.start), "end": iso_ms(line.end),
        "quantity": str(line.quantity), "total": str(line.amount),
    }  # fmt: skip
    if line.unit_micros is not None:
        spelled["unit_micros"] = str(line.unit_micros)
    return spelled
