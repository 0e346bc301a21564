"""What the ledger keeps: legs, journals, balances, and its errors."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from msgspec import Struct

from arena.kit.errors import Conflict, NotFound, Refused

Phase = Literal["posted", "pending", "post", "void"]
"""At once; set aside for now; what was set aside moves, or does not."""


class Leg(Struct, frozen=True, gc=False):
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
    phase: Phase = "posted"
    resolves: str | None = None


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """An account's posted counters in minor units; `balance` is signed by the account's normal side."""

    code: str
    currency: str
    debits: int
    credits: int
    balance: int
    held: int = 0
    """Set aside on the side that lowers the balance; what is free is the balance without it."""

    @property
    def free(self) -> int:
        return self.balance - self.held


@dataclass(frozen=True, slots=True)
class StatementLine:
    """A journal's effect on an account: `amount` and the `balance` after it on the account's normal side."""

    journal_id: str
    kind: str
    reference: str
    at: datetime
    amount: int
    balance: int


@dataclass(frozen=True, slots=True)
class AccountStatement:
    """What moved an account in [since, until), product time: opening plus all amounts is closing."""

    code: str
    currency: str
    since: datetime
    until: datetime
    opening: int
    closing: int
    lines: Sequence[StatementLine]


class NewJournal(Struct, frozen=True):
    """A journal to be posted. `idem` names the intent, `reference` the business id it belongs to."""

    idem: str
    reference: str
    legs: Sequence[Leg]


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


class NotPending(Conflict):
    """The journal {journal_id} sets nothing aside, or what it set aside has been moved or released already."""


class Overdrawn(Conflict):
    """The account {code} does not have that much to give; nothing was posted."""


class WrongPosting(Refused):
    """A journal of the kind {kind} has no {side} on {code}; nothing was posted."""


class NoSuchJournal(NotFound):
    """There is no journal {journal_id}."""


class UnknownAccount(NotFound):
    """The chart of accounts has no place for {code}."""
