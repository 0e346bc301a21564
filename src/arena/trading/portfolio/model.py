"""Accounts, what they hold, and the refusals about them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from arena.kit.errors import Conflict, NotFound, Refused

AccountKind = Literal["reference", "collective", "copier"]


@dataclass(frozen=True, slots=True)
class Account:
    """A purse of its own. `owner_id` is fd_… for a reference account, else col_… or usr_…; `quote` is the
    currency of its cash and equity; `opening_cash` in units of it."""

    id: str
    kind: AccountKind
    owner_id: str
    quote: str
    opening_cash: Decimal
    opened_at: datetime
    closed_at: datetime | None = None
    venue: str = "paper"


@dataclass(frozen=True, slots=True)
class Position:
    """What an account holds of an instrument: base units; `average_cost` in quote units per base unit, fees
    included; `realised_pnl` and `fees` in quote units since the account opened."""

    symbol: str
    quantity: Decimal
    average_cost: Decimal
    realised_pnl: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Flow:
    """Money put into an account (`quantity` above zero) or taken out: no return of it. `value_quote` is its worth in
    the account's currency with the same sign, at `rate` quote units a unit, which comes from `rate_from`;
    `equity_before` what the account was worth a moment before, in quote units; `by` who did it.
    """

    id: str
    account_id: str
    at: datetime
    asset: str
    quantity: Decimal
    value_quote: Decimal
    rate: Decimal
    rate_from: str
    equity_before: Decimal
    note: str
    by: str


@dataclass(frozen=True, slots=True)
class Portfolio:
    """An account with its balances by asset and its positions by symbol."""

    account: Account
    balances: Mapping[str, Decimal] = field(default_factory=dict)
    positions: Mapping[str, Position] = field(default_factory=dict)

    @property
    def cash(self) -> Decimal:
        """The balance of the quote asset."""
        return self.balances.get(self.account.quote, Decimal(0))

    def quantity(self, symbol: str) -> Decimal:
        """Base units held of the instrument."""
        position = self.positions.get(symbol)
        return Decimal(0) if position is None else position.quantity


class NoSuchAccount(NotFound):
    """There is no account {account_id} that you can see; GET /portfolio lists yours."""


class AccountClosed(Refused):
    """Account {account_id} is closed; nothing is traded in it any more."""


class AccountDiffers(Conflict):
    """Account {account_id} was opened before with another kind, owner, quote or opening cash."""


class NoFlow(Refused):
    """A flow puts in or takes out something: {why}."""


class RecordIsFixed(Refused):
    """{account_id} is the reference account of a feed: what it holds follows from its signals, and nobody puts money in
    or takes it out."""


class InsufficientFunds(Refused):
    """{needed} {asset} are needed and {free} are free; lower the quantity or cancel open orders."""
