"""A creator's month as it is closed: what stood at its beginning, what moved, what stands at its end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from arena.kit.errors import Conflict, NotFound

ACCOUNTS = ("pending", "available", "disputed", "owed")
"""`owed` is what the creator owes; the total is the sum of the other three without it."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """Minor units on each of a creator's accounts, or what moved there."""

    pending: int = 0
    available: int = 0
    disputed: int = 0
    owed: int = 0

    @property
    def total(self) -> int:
        return self.pending + self.available + self.disputed - self.owed

    def __add__(self, other: "Amounts") -> "Amounts":
        return Amounts(
            self.pending + other.pending, self.available + other.available,
            self.disputed + other.disputed, self.owed + other.owed,
        )  # fmt: skip

    def __bool__(self) -> bool:
        return any((self.pending, self.available, self.disputed, self.owed))


@dataclass(frozen=True, slots=True)
class Line:
    """A journal's effect on the creator's accounts. `prior_period`: it belongs to the month before, and was posted
    after that had been closed. `at` is product time."""

    journal_id: str
    kind: str
    reference: str
    at: datetime
    amounts: Amounts
    prior_period: bool = False


@dataclass(frozen=True, slots=True)
class Month:
    """What is closed: opening plus all lines is closing."""

    creator_id: str
    month: date
    opening: Amounts
    lines: Sequence[Line]
    closing: Amounts


@dataclass(frozen=True, slots=True)
class Statement:
    """A closed month as kept. `document` is the JSON that `sha` (hex) was taken over, `log_index` its place in the
    evidence log; amounts in it are whole cents as strings."""

    id: str
    creator_id: str
    month: date
    document: Mapping[str, Any]
    sha: str
    log_index: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Yearly:
    """Sums of the closed months of a year by kind of movement, minor units, with how many months they are."""

    year: int
    months: int
    kinds: Mapping[str, int]
    opening: int
    closing: int


@dataclass(frozen=True, slots=True)
class PeriodClosed:
    """A creator's month is closed. Ordered by creator."""

    creator_id: str
    month: str
    statement_id: str

    @property
    def key(self) -> str:
        return self.creator_id


class NoSuchStatement(NotFound):
    """There is no statement for {month}; a month is closed some hours after it has ended."""


class DoesNotAddUp(Conflict):
    """The statement of {creator_id} for {month} does not add up with the ledger; nothing was closed. Look at
    GET /ledger/trial-balance."""
