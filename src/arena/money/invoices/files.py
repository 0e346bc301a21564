"""An invoice on paper, and a list of invoices as CSV. Amounts are decimal strings made of whole cents."""

import csv
import io
import json
from collections.abc import Sequence
from decimal import Decimal
from importlib import resources
from typing import Any

from arena.kit.clock import from_iso, iso_ms
from arena.money.invoices.model import Invoice

LIST_MAX = 10_000
_COLUMNS = (
    "number", "kind", "issued_at", "credits", "buyer", "country", "tax_id", "net", "tax", "total", "currency",
    "source", "sha256",
)  # fmt: skip


def decimal_text(cents: int) -> str:
    """-8415 is -84.15: exact, by whole numbers only."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def invoices_csv(found: Sequence[Invoice]) -> str:
    """RFC 4180, a row for each document; a credit note's amounts are below zero, so that a column adds up."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(_COLUMNS)
    for one in found:
        sign = -1 if one.kind == "credit_note" else 1
        document, buyer = one.document, one.document["buyer"]
        amounts = [decimal_text(sign * int(document[name])) for name in ("net", "tax", "total")]
        rows.writerow(
            [
                one.label, one.kind, iso_ms(one.at), document.get("credits", {}).get("number", ""),
                _cell(buyer["name"]), buyer["country"], buyer["tax_id"], *amounts, one.total.currency,
                one.source, one.sha,
            ]
        )  # fmt: skip
    return text.getvalue()


def invoice_pdf(found: Invoice) -> bytes:
    """On paper, A4; the same invoice gives the same bytes."""
    import typst  # thirty megabytes: only where a page is set

    template = resources.files("arena.money.invoices").joinpath("invoice.typ")
    pdf: bytes = typst.compile(
        template.read_bytes(),
        sys_inputs={"invoice": json.dumps(on_paper(found)), "sha": found.sha},
        ignore_system_fonts=True,
        timestamp=int(found.at.timestamp()),
    )
    return pdf


def on_paper(found: Invoice) -> dict[str, Any]:
    """The document with amounts and days as people read them."""
    document = found.document
    lines = [
        {
            "description": line["description"], "from": line["start"][:10], "to": line["end"][:10],
            "quantity": f"{int(line['quantity']):,}", "unit": _unit(line), "amount": _amount(line["total"]),
        }
        for line in document["lines"]
    ]  # fmt: skip
    return {
        **{name: document[name] for name in ("seller", "buyer", "notes", "currency")},
        "kind": found.kind, "number": found.label, "day": f"{found.at:%Y-%m-%d}", "lines": lines,
        "net": _amount(document["net"]), "tax": _amount(document["tax"]), "total": _amount(document["total"]),
        "credits": document.get("credits", {}).get("number", ""), "reason": document.get("reason", ""),
        "paid_with": document.get("paid_with", ""),
        "due": f"{from_iso(document['due_at']):%Y-%m-%d}" if "due_at" in document else "",
        "about": [{"name": name, "value": value} for name, value in sorted(document["about"].items())],
    }  # fmt: skip


def _unit(line: dict[str, Any]) -> str:
    if "unit_micros" not in line:
        return ""
    price = Decimal(line["unit_micros"]) / 1_000_000
    return f"{price:.2f}" if price == round(price, 2) else f"{price.normalize():f}"


def _amount(cents: str) -> str:
    sign, value = ("−" if int(cents) < 0 else ""), abs(int(cents))
    return f"{sign}{value // 100:,}.{value % 100:02d}"


def _cell(text: str) -> str:
    """A name that begins like a formula must not be one in a spreadsheet."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text
