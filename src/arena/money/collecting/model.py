"""Bills: invoices that are to be paid yet, the moves of their state, what is told of them, and how they are refused."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from arena.kit.errors import Conflict, NotFound, Refused
from arena.kit.money import Money
from arena.money.buyers import Tax

TERMS = timedelta(days=14)
"""So long has a customer to pay whom no card can be charged for."""
CHARGE_MIN = 50
"""Minor units: gateways take nothing smaller, so less is asked of a card with the next bill of the same debt, and not
reminded of."""
RETRY_DAYS = (1, 4, 9, 16)
"""After the first decline a card is tried again: 1, 3, 5 and 7 days apart, as with subscriptions."""


class State(StrEnum):
    """past_due: a charge was declined, or the day to pay by is over."""

    OPEN = "open"
    PAST_DUE = "past_due"
    PAID = "paid"
    WRITTEN_OFF = "written_off"


UNPAID = (State.OPEN, State.PAST_DUE)
MOVES: Mapping[State, frozenset[State]] = {
    State.OPEN: frozenset({State.PAST_DUE, State.PAID, State.WRITTEN_OFF}),
    State.PAST_DUE: frozenset({State.PAID, State.WRITTEN_OFF}),
    State.PAID: frozenset(),
    State.WRITTEN_OFF: frozenset(),
}
WriteOffState = Literal["asked", "done", "withdrawn"]
WRITE_OFF_MOVES: Mapping[WriteOffState, frozenset[WriteOffState]] = {
    "asked": frozenset({"done", "withdrawn"}),
    "done": frozenset(),
    "withdrawn": frozenset(),
}


@dataclass(frozen=True, slots=True)
class Bill:
    """An invoice to be paid. `debt` is the reference of its journals on the receivable of `subject`; whoever has
    `payee_id` had his share when it was invoiced, and `taxed` minor units of it are tax. `by_credit` came from what was
    paid or credited too much before. Times are product time; `charge_at` is when a card is tried next.
    """

    invoice_id: str
    subject: str
    person_id: str | None
    debt: str
    payee_id: str
    platform_bps: int
    tax: Tax
    taxed: int
    amount: Money
    paid: Money
    credited: Money
    by_credit: Money
    state: State
    due_at: datetime
    charge_at: datetime | None
    past_due_since: datetime | None
    reason: str | None
    ended_at: datetime | None

    @property
    def left(self) -> Money:
        """What is to be paid yet."""
        minor = self.amount.minor - self.paid.minor - self.credited.minor - self.by_credit.minor
        return Money(max(minor, 0), self.amount.currency)

    @property
    def owed(self) -> bool:
        return self.state in UNPAID


@dataclass(frozen=True, slots=True)
class BankReceipt:
    """A bank transfer for an invoice, as an operator saw it arrive. `at` is product time."""

    id: str
    invoice_id: str
    amount: Money
    bank_reference: str
    by_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class WriteOff:
    """That a bill is not asked for any more: one operator asks, another one does it. Product times."""

    id: str
    invoice_id: str
    amount: Money
    reason: str
    state: WriteOffState
    asked_by: str
    asked_at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BillFellBehind:
    """A bill was not paid: `reason` is the gateway's word, no_card, not_paid or disputed. `retry_at`: when a card is
    tried again. `blocks_at`: when calls by key stop. Ordered by bill."""

    invoice_id: str
    person_id: str
    reason: str
    retry_at: datetime | None
    blocks_at: datetime

    @property
    def key(self) -> str:
        return self.invoice_id


@dataclass(frozen=True, slots=True)
class BillSettled:
    """A bill is paid, or is not asked for any more. Ordered by bill."""

    invoice_id: str
    subject: str
    person_id: str | None
    state: str

    @property
    def key(self) -> str:
        return self.invoice_id


@dataclass(frozen=True, slots=True)
class CallsBlocked:
    """Calls by key of a subject are refused until its bills are paid (`reason` unpaid), or until a bank has decided on
    a payment and what it took back is paid (disputed). Ordered by subject."""

    subject: str
    since: datetime
    reason: str = "unpaid"

    @property
    def key(self) -> str:
        return self.subject


class NoSuchBill(NotFound):
    """The invoice {invoice_id} is not one that waits to be paid, or it is not yours; GET /invoices lists yours."""


class BillOver(Conflict):
    """The invoice {number} is {state}; nothing is to be paid."""


class BillDeclined(Refused):
    """The card was declined ({decline_code}); nothing was charged. Try another payment method."""

    status = 402


class ReceiptDiffers(Conflict):
    """The transfer {bank_reference} for this invoice is booked with {booked}, not {amount}; nothing was booked."""


class TooLittleForACard(Refused):
    """Of the invoice {number} only {left} are left, which no card takes; it is charged with your next
    invoice. You may transfer it."""


class WriteOffOpen(Conflict):
    """That the invoice {number} be written off was asked by {asked_by} already; another operator decides it."""


class NoWriteOff(NotFound):
    """Nobody has asked to write off the invoice {invoice_id}."""


class TwoPeople(Conflict):
    """You asked for this write-off yourself; another operator does it."""
