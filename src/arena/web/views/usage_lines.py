"""What a month of calls is made of, in words: lines of usage invoices as customers and operators see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from arena.kit.money import Money
from arena.money import usage
from arena.web.page import N_, _

LINES = {
    "set_up": N_("Set-up"), "contract": N_("Contract"), "usage": N_("Calls"), "minimum": N_("Up to the minimum"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """A line: what for, how many calls (0 where none), the month where it is not the invoice's own."""

    what: str
    units: int
    month: datetime | None
    amount: Money


@dataclass(frozen=True, slots=True)
class Sheet:
    """An invoice, or what one comes to as of now."""

    month: datetime
    rows: Sequence[Row]
    total: Money
    due_at: datetime | None = None


def sheet(of: usage.Invoice | usage.Waiting) -> Sheet:
    rows = [
        Row(
            _(LINES[line.kind]),
            line.units,
            line.month if line.month != of.month else None,
            Money(line.amount),
        )
        for line in of.lines
    ]
    due_at = of.due_at if isinstance(of, usage.Waiting) else None
    return Sheet(of.month, rows, Money(of.total), due_at)


def call_price(plan: usage.Plan) -> Decimal:
    """Dollars a call, as short as it can be written."""
    return (Decimal(plan.terms.price_micros) / 1_000_000).normalize() + 0
