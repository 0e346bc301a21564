"""What is known of a connected account, and errors."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from arena.kit.errors import Conflict, NotFound

ConnectedForm = Literal["person", "company"]


@dataclass(frozen=True, slots=True)
class ConnectedAccount:
    """A creator's account at the gateway, as it was when it was looked at last (wall clock).

    `due` and `checking` are the gateway's names of what it asks for and of what it is looking at; `due_by` is by its
    clock. `bank_id` changes whenever the bank account does. `at` is product time.
    """

    id: str
    person_id: str
    gateway: str
    country: str
    form: ConnectedForm
    account_id: str | None
    payouts_enabled: bool
    details_submitted: bool
    due: tuple[str, ...]
    checking: tuple[str, ...]
    due_by: datetime | None
    problem: str | None
    bank_id: str | None
    bank_words: str
    at: datetime
    asked_at: datetime
    looked_at: datetime | None

    @property
    def ready(self) -> bool:
        """Whether money can go there now: payouts are on, nothing is due, a bank account is there."""
        return self.payouts_enabled and not self.due and self.bank_id is not None

    @property
    def closed(self) -> bool:
        """The gateway has refused it for good."""
        return (self.problem or "").startswith("rejected")


class NoConnectedAccount(NotFound):
    """You have no account at the payment provider yet; open one with POST /payouts/account."""


class NoConnectedAccounts(Conflict):
    """Creators are not paid through accounts of their own here; see GET /payouts/checklist for what payouts need."""
