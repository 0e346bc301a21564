"""What Stripe says of creators' accounts, transfers and payouts, as values of ours."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from arena.kit.money import Money


@dataclass(frozen=True, slots=True)
class Standing:
    """A connected account as it stands. `due` and `checking` are Stripe's names of what it wants and looks at,
    `problem` why nothing is paid; `bank_id` changes with the bank account. `due_by` is by Stripe's clock."""

    account_id: str
    country: str
    payouts_enabled: bool
    details_submitted: bool
    due: tuple[str, ...]
    checking: tuple[str, ...]
    due_by: datetime | None
    problem: str | None
    bank_id: str | None
    bank_words: str


@dataclass(frozen=True, slots=True)
class Transferred:
    """A transfer that was made, and what it came to on the account, in the account's currency."""

    transfer_id: str
    arrived: Money
    reversed: bool = False


@dataclass(frozen=True, slots=True)
class BankPayout:
    """A payout from a connected account to its bank. `trace` is what the bank knows it by, where Stripe says so."""

    bank_payout_id: str
    state: Literal["under_way", "paid", "failed"]
    trace: str | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class NotNow:
    """Refused because of how things stand; nothing was done."""

    code: str
    words: str
