"""What a correction is, how it moves, and its errors."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from arena.kit.errors import Conflict, Forbidden, NotFound, Refused
from arena.kit.money import Money


class State(StrEnum):
    ASKED = "asked"
    POSTED = "posted"
    WITHDRAWN = "withdrawn"


MOVES: Mapping[State, frozenset[State]] = {
    State.ASKED: frozenset({State.POSTED, State.WITHDRAWN}),
    State.POSTED: frozenset(),
    State.WITHDRAWN: frozenset(),
}


@dataclass(frozen=True, slots=True)
class NewAdjustment:
    """Moves `amount` from the account `credit` to the account `debit`, codes of the chart of accounts.

    `reference` is the business id that it sets right (sub_…, pay_…, pyo_…); without one it stands for itself.
    """

    debit: str
    credit: str
    amount: Money
    reason: str
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A correction as kept; product times."""

    id: str
    debit: str
    credit: str
    amount: Money
    reference: str
    reason: str
    state: State
    asked_by: str
    asked_at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None
    journal_id: str | None = None


class NothingMoves(Refused):
    """An adjustment moves an amount above zero between two different accounts; {debit} and {credit} were given."""


class OtherCurrency(Refused):
    """The account {code} is kept in {currency}; an adjustment has the currency of both its accounts."""


class SignedByAnother(Forbidden):
    """Whoever asked for an adjustment cannot sign it: another operator has to look at it. You can withdraw it."""


class AdjustmentDecided(Conflict):
    """The adjustment {adjustment_id} is {state} already; ask for a new one where it was wrong."""


class NoSuchAdjustment(NotFound):
    """There is no adjustment {adjustment_id}."""
