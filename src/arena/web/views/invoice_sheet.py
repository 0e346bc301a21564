"""An invoice as pages show it: amounts as money, days as times, and how it stands: paid, to be paid, taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from arena.kit.clock import from_iso
from arena.kit.db import Tx
from arena.kit.money import Money
from arena.money import collecting, invoices
from arena.money.collecting import Bill
from arena.money.invoices import Invoice
from arena.web.page import N_

# By state of a bill: the words and the tone of its badge. An invoice without a bill was paid before it was made.
STANDINGS: dict[str, tuple[str, str]] = {
    "open": (N_("to be paid"), "warn"), "past_due": (N_("past due"), "bad"), "paid": (N_("paid"), "good"),
    "written_off": (N_("written off"), "plain"), "credit": (N_("taken back"), "plain"),
}  # fmt: skip
REASONS = {
    "no_card": N_("There is no card that could be charged."),
    "not_transferred": N_("No transfer that names it has arrived."),
    "requires_action": N_("The bank asks its holder to confirm the charge."),
    "disputed": N_(
        "The bank took the payment of an earlier invoice back, which this one asks for again."
    ),
}


@dataclass(frozen=True, slots=True)
class SheetLine:
    """A line of an invoice; `unit` is dollars of one piece as text, empty where it is not priced so."""

    description: str
    start: datetime
    end: datetime
    quantity: int
    unit: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Sheet:
    """An invoice or a credit note in full. `bill` is None for one that was paid before it was made."""

    invoice: Invoice
    seller: dict[str, Any]
    buyer: dict[str, Any]
    lines: Sequence[SheetLine]
    net: Money
    tax: Money
    due_at: datetime | None
    paid_with: str
    credits: tuple[str, str] | None
    reason: str
    about: Sequence[tuple[str, str]]
    notes: Sequence[str]
    credit_notes: Sequence[Invoice]
    bill: Bill | None

    @property
    def standing(self) -> tuple[str, str]:
        return standing_of(self.invoice, self.bill)


def standing_of(invoice: Invoice, bill: Bill | None) -> tuple[str, str]:
    """Words and tone of its badge."""
    if invoice.kind == "credit_note":
        return STANDINGS["credit"]
    return STANDINGS["paid" if bill is None else bill.state.value]


async def sheet_of(tx: Tx, found: Invoice) -> Sheet:
    document, currency = found.document, found.total.currency
    credits = document.get("credits")
    return Sheet(
        found, document["seller"], document["buyer"], [_line(line, currency) for line in document["lines"]],
        Money(int(document["net"]), currency), Money(int(document["tax"]), currency),
        from_iso(document["due_at"]) if "due_at" in document else None, document.get("paid_with", ""),
        (credits["id"], credits["number"]) if credits else None, document.get("reason", ""),
        sorted(document["about"].items()), document["notes"], await invoices.credit_notes(tx, found.id),
        await collecting.bill_of(tx, found.id),
    )  # fmt: skip


def _line(line: dict[str, Any], currency: str) -> SheetLine:
    micros = line.get("unit_micros")
    unit = "" if micros is None else f"{Decimal(micros) / 1_000_000:f}"
    return SheetLine(
        line["description"], from_iso(line["start"]), from_iso(line["end"]), int(line["quantity"]), unit,
        Money(int(line["total"]), currency),
    )  # fmt: skip
