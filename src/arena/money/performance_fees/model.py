"""Performance fees: terms, readings of accounts, books that follow from them, contracts, and how they are refused."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, get_args

from arena.kit.errors import Conflict, Forbidden, NotFound, Refused

Policy = Literal["cumulative_profit", "loss_carry", "lots"]
POLICIES: tuple[Policy, ...] = get_args(Policy)
Period = Literal["month", "quarter"]
Mode = Literal["off", "shadow", "charged"]
Status = Literal["active", "ending", "ended", "stopped"]
Outcome = Literal["due", "nothing", "warned", "stopped"]
# A copier who comes back finds the marks he left: there is one contract of a copier and a creator, ever.
MOVES: Mapping[Status, frozenset[Status]] = {
    "active": frozenset({"ending", "stopped"}),
    "ending": frozenset({"active", "ended", "stopped"}),
    "ended": frozenset({"active"}),
    "stopped": frozenset({"active"}),
}

MICROS = 10_000
"""Of a cent: books count millionths of a dollar, so that shares of lots keep their sum; fees are whole cents."""
RATE_BPS_MAX = 5_000
MINIMUM_CENTS = 1_000_000
RULES = 2
"""Edition of the arithmetic that periods open with; those that were open before it close by the one they had."""
LATE = timedelta(hours=6)
"""Money that moved before a period's end is seen by then, however long its transaction took (as in statements)."""
UNITED_STATES = frozenset(("US", "PR", "GU", "VI", "AS", "MP", "UM"))
"""With their territories, which go by what holds for the US."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What is agreed, and stamped into each period of the contract. `minimum` is cents, `rate_bps` of new profits,
    `rules` the edition of the arithmetic."""

    policy: Policy = "cumulative_profit"
    rate_bps: int = 2_000
    period: Period = "quarter"
    minimum: int = MINIMUM_CENTS
    currency: str = "USD"
    rules: int = RULES

    def __post_init__(self) -> None:
        if self.policy not in POLICIES or self.period not in get_args(Period):
            raise TermsRefused(why="unknown policy or period")
        if not 0 <= self.rate_bps <= RATE_BPS_MAX:
            raise TermsRefused(why=f"the rate goes from 0 to {RATE_BPS_MAX // 100} %")
        if self.minimum < MINIMUM_CENTS:
            raise TermsRefused(
                why=f"the account minimum is at least {MINIMUM_CENTS // 100:,} dollars"
            )


@dataclass(frozen=True, slots=True)
class Reading:
    """What an account was worth, and what was put in (above zero) or taken out right after. Cents, product time.

    Equity comes first and the flow second, always: profit is counted before any money moves.
    """

    account: str
    at: datetime
    equity: int
    flow: int = 0


@dataclass(frozen=True, slots=True)
class Lot:
    """A deposit: its share of the account's equity at the last flow, and its high-water mark. Micro-dollars."""

    value: int
    mark: int


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of a lot that was taken out at a gain: its value then, its mark, and what it would be worth now."""

    value: int
    mark: int
    now: int


@dataclass(frozen=True, slots=True)
class AccountBook:
    """An account at its last reading; `base` is what its lots were worth together at its last flow. Micro-dollars."""

    equity: int = 0
    base: int = 0
    lots: tuple[Lot, ...] = ()
    slices: tuple[Slice, ...] = ()


@dataclass(frozen=True, slots=True)
class Books:
    """What follows from all readings of a copier and a creator. Micro-dollars.

    `profit` is all that was earned, less all that was lost; `mark` the highest of it that a fee was counted on;
    `held` the gain that went with withdrawals since the last period closed. `drawn_down`: a withdrawal left less than
    the minimum; `warned`: that was so when a period closed.
    """

    profit: int = 0
    mark: int = 0
    held: int = 0
    drawn_down: bool = False
    warned: bool = False
    accounts: Mapping[str, AccountBook] = field(default_factory=dict)

    @property
    def equity(self) -> int:
        """Of all accounts together, those below nothing left out."""
        return sum(max(0, each.equity) for each in self.accounts.values())


@dataclass(frozen=True, slots=True)
class Settlement:
    """A period closed: the books after it, the gain (micro-dollars) that a fee is due on, and the fee (cents)."""

    books: Books
    gain: int
    fee: int
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Copier:
    """What a copier says of himself. `country` is ISO 3166-1, upper case."""

    person_id: str
    country: str
    us_person: bool
    qualified_client: bool = False

    @property
    def american(self) -> bool:
        return self.us_person or self.country in UNITED_STATES


@dataclass(frozen=True, slots=True)
class Exit:
    """A copier took all out: when, how many cents, and what the reference accounts of the feeds he followed were worth
    then and as the period ended (cents by account; `end` is empty until then)."""

    at: datetime
    capital: int
    start: Mapping[str, int] = field(default_factory=dict)
    end: Mapping[str, int] = field(default_factory=dict)

    @property
    def measured(self) -> bool:
        return bool(self.end) or not self.start


@dataclass(frozen=True, slots=True)
class Under:
    """An account under a contract. Its flows of money since `flows_from` are read, but for those in `known`, which were
    part of what it came in with."""

    account_id: str
    flows_from: datetime
    known: frozenset[str]


@dataclass(frozen=True, slots=True)
class LateFlow:
    """Money of an account that was seen after its time had been read, and made good by a reading of its own. Cents."""

    contract_id: str
    account_id: str
    at: datetime
    flow: int
    flow_id: str


@dataclass(frozen=True, slots=True)
class Contract:
    """A copier and a creator. `period_start` is that of the open period, and terms, `mode` and `copier` are those it
    goes by; `next_rate_bps` and `next_copier` hold from the next one on. `set_aside` is the pending journal of what is
    held after an early exit, `set_aside_amount` its cents; `exit` is there once the copier has left."""

    id: str
    copier: Copier
    creator_id: str
    terms: Terms
    status: Status
    started_at: datetime
    period_start: datetime
    period_end: datetime
    next_rate_bps: int | None = None
    set_aside: str | None = None
    set_aside_amount: int = 0
    mode: Mode = "off"
    next_copier: Copier | None = None
    exit: Exit | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """A closed period as it was written down; `document` is what a copier computes again. `fee` is cents."""

    id: str
    contract_id: str
    period_start: datetime
    period_end: datetime
    fee: int
    charged: bool
    journal_id: str | None
    sha: str
    document: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class FeeCrystallised:
    """A period closed with a fee that is charged, cents. `tax` of it is for `tax_country`, `platform_bps` of the rest
    is the arena's. Ordered by contract."""

    contract_id: str
    statement_id: str
    copier_id: str
    creator_id: str
    platform_bps: int
    fee: int
    currency: str
    period_start: datetime
    period_end: datetime
    tax: int = 0
    tax_bps: int = 0
    tax_country: str | None = None
    reverse_charge: bool = False

    @property
    def key(self) -> str:
        return self.contract_id


@dataclass(frozen=True, slots=True)
class FeePeriodClosed:
    """A period closed, whatever it came to; `held` is what was set aside until then. Cents. Ordered by contract."""

    contract_id: str
    statement_id: str
    copier_id: str
    creator_id: str
    fee: int
    held: int
    currency: str
    charged: bool
    outcome: str

    @property
    def key(self) -> str:
        return self.contract_id


@dataclass(frozen=True, slots=True)
class FeeModeChanged:
    """An operator has switched fees for a contract's country: `mode` goes for it from `holds_from` on. Ordered by
    contract."""

    contract_id: str
    copier_id: str
    creator_id: str
    mode: str
    before: str
    holds_from: datetime
    switched_at: datetime

    @property
    def key(self) -> str:
        return self.contract_id


class TermsRefused(Refused):
    """These terms of a performance fee cannot be: {why}. Change them and send them again."""


class FeesNotAllowed(Forbidden):
    """Performance fees are not offered here: {why}."""


class DeclarationDiffers(Refused):
    """You declare {declared}, and {where} say {said}. Declare where you live, or correct them first."""


class BelowMinimum(Refused):
    """The account holds {equity} dollars; performance fees need at least {minimum}. Add money, then agree again."""


class NoOffer(NotFound):
    """The creator {creator_id} asks for no performance fee."""


class NoSuchContract(NotFound):
    """You have no performance fee contract {contract_id}."""


class NoSuchStatement(NotFound):
    """You have no performance fee statement {statement_id}."""


class ContractMoved(Conflict):
    """The contract is {status} and cannot become {wanted}."""


class AccountTaken(Conflict):
    """The account {account_id} is under another contract; one account follows one creator."""


class ReadingLate(Conflict):
    """The account was read at {last} already, or the period was closed; a reading of {at} comes too late."""


class RateRise(Refused):
    """A rate goes up from {now} to {wanted} bps only with the copier's consent: he agrees to the new offer himself."""
