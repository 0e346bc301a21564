"""Invoices and credit notes: what is said of a sale, who sells and who buys, and how they are refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from arena.kit.errors import Conflict, NotFound
from arena.kit.money import Money
from arena.kit.settings import Settings
from arena.money.buyers import NO_TAX, Tax

InvoiceKind = Literal["invoice", "credit_note"]
PREFIX: Mapping[InvoiceKind, str] = {"invoice": "INV", "credit_note": "CRN"}


@dataclass(frozen=True, slots=True)
class Seller:
    """Who sells: the operator, as his settings say."""

    name: str
    address: str
    country: str
    tax_id: str

    @classmethod
    def of(cls, settings: Settings) -> "Seller":
        lines = [line.strip() for line in settings.seller_address.split(";")]
        return cls(
            settings.seller_name or "Sigma Arena", "\n".join(line for line in lines if line),
            settings.seller_country, settings.seller_tax_id,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A line: what for, the service period [start, end) in product time, how many, the price of one in micro-dollars
    (10,000 a cent; None where a line is not priced by the piece), and its amount in minor units."""

    description: str
    start: datetime
    end: datetime
    amount: int
    quantity: int = 1
    unit_micros: int | None = None


@dataclass(frozen=True, slots=True)
class NewInvoice:
    """A sale to be invoiced. `source` is the id of what it is for, once each; `subject` who bought (usr_… or col_…).

    `taxed` is the minor units of it that are tax. `paid_with` names the card where it is paid; `due_at` is when it is
    to be paid where it is not. `about` is what else belongs to it, by name: the subscription, who offered it.
    """

    source: str
    subject: str
    lines: Sequence[Line]
    currency: str = "USD"
    paid_with: str | None = None
    due_at: datetime | None = None
    about: Mapping[str, str] | None = None
    tax: Tax = NO_TAX
    taxed: int = 0

    @property
    def total(self) -> int:
        return sum(line.amount for line in self.lines)


@dataclass(frozen=True, slots=True)
class Invoice:
    """A document as kept; `document` is the JSON that `sha` (hex) was taken over. `person_id` may see it. `at` is
    product time."""

    id: str
    series: str
    number: int
    kind: InvoiceKind
    credits: str | None
    source: str
    subject: str
    person_id: str | None
    total: Money
    document: Mapping[str, Any]
    sha: str
    at: datetime
    place: int = 0
    """In the order in which they were made, over all series."""

    @property
    def label(self) -> str:
        """The number as people write it: INV-2024-000017."""
        return label_of(self.series, self.number)


@dataclass(frozen=True, slots=True)
class InvoiceIssued:
    """An invoice or a credit note has its number and is kept. Ordered by whose it is; amount in minor units."""

    invoice_id: str
    kind: str
    number: str
    subject: str
    source: str
    total: int
    currency: str

    @property
    def key(self) -> str:
        return self.subject


def label_of(series: str, number: int) -> str:
    return f"{series}-{number:06d}"


class NoSuchInvoice(NotFound):
    """You have no invoice {invoice_id}; GET /invoices lists yours."""


class CreditAboveInvoice(Conflict):
    """Of the invoice {number} {left} can still be credited, not {asked}; nothing was credited."""
