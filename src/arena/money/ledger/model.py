"""What the ledger keeps: legs, journals, balances, the closed list of kinds and its errors."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from arena.kit.errors import Conflict, NotFound


class Kind(StrEnum):
    """Why money moved. Closed: a new reason is a new kind with a posting table of its own.

    Debits are positive, credits negative; every journal sums to zero in each currency.

    payment.captured — a customer's charge went through
        gateway:{gateway}:balance        + amount
        creator:{id}:pending             − the creator's share
        platform:fee_income              − the platform's share (left out where it is nothing)

    refund.owed — paid time that will not be delivered, owed back to the customer
        creator:{id}:pending             + the creator's share of it
        platform:fee_income              + the platform's share of it
        customer:{id}:refund_due         − the unused part of the amount
    """

    PAYMENT_CAPTURED = "payment.captured"
    REFUND_OWED = "refund.owed"


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of a journal: account code, and minor units with debit positive and credit negative."""

    code: str
    amount: int
    currency: str = "USD"

    def __post_init__(self) -> None:
        if type(self.amount) is not int or self.amount == 0:
            raise ValueError(f"a leg moves a whole number of minor units, not {self.amount!r}")


@dataclass(frozen=True, slots=True)
class EntryLine:
    """An entry as kept: which account, how much (minor units, debit positive)."""

    code: str
    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class Journal:
    """A journal as kept. `at` is product time."""

    id: str
    kind: str
    idem: str
    reference: str
    at: datetime
    entries: Sequence[EntryLine]


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """An account's posted counters in minor units; `balance` is signed by the account's normal side."""

    code: str
    currency: str
    debits: int
    credits: int
    balance: int


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """All accounts, and per currency the sum of all entries, which is zero in a sound ledger.

    `drift` counts the accounts whose counters differ from the sum of their entries: zero as well.
    """

    accounts: Sequence[AccountBalance]
    sums: dict[str, int]
    drift: int

    @property
    def sound(self) -> bool:
        return self.drift == 0 and not any(self.sums.values())


class JournalDiffers(Conflict):
    """A journal with the idempotency key {idem} was posted before with other content; nothing was posted."""


class UnknownAccount(NotFound):
    """The chart of accounts has no place for {code}."""
