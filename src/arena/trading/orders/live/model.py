"""Live trading: who allows it, keys of exchanges, orders sent there, where books differ, and the refusals by name."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from arena.kit.errors import Conflict, Forbidden, NotFound, Refused
from arena.trading.venues import MOVES, OrderRequest, OrderStatus

SecretKind = Literal["hmac", "ed25519", "ccxt"]
DifferenceKind = Literal["balance", "order_missing", "order_not_ours", "fill_not_ours"]


@dataclass(frozen=True, slots=True)
class Switch:
    """Whether the operator lets orders go to exchanges. `by` is None before anybody said anything."""

    allowed: bool
    by: str | None = None
    reason: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class VenueKey:
    """A key as its owner may see it: never the secret. `rights` is what the exchange said of it. Wall times."""

    id: str
    collective_id: str
    account_id: str
    venue: str
    kind: SecretKind
    hint: str
    rights: dict[str, Any]
    added_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LiveOrder:
    """An order of a live account as we keep it: written down before it was sent. Wall times but for `updated_at`."""

    id: str
    account_id: str
    venue: str
    request: OrderRequest
    status: OrderStatus
    filled_quantity: Decimal
    filled_quote: Decimal
    venue_order_id: str | None
    reason: str | None
    written_at: datetime
    settles_at: datetime
    updated_at: datetime

    @property
    def open(self) -> bool:
        return bool(MOVES[self.status])


@dataclass(frozen=True, slots=True)
class Difference:
    """Something of which the exchange says one thing and our books another. `subject` is the asset, or the exchange's
    name of the order or fill; `ended_at` is None while they differ."""

    id: str
    account_id: str
    venue: str
    kind: DifferenceKind
    subject: str
    ours: str
    theirs: str
    at: datetime
    ended_at: datetime | None = None
    ended_by: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class VenueDiffered:
    """An exchange and our books do not agree about an account; what is in `difference_id`."""

    difference_id: str
    account_id: str
    venue: str
    kind: DifferenceKind
    subject: str

    @property
    def key(self) -> str:
        return self.account_id


@dataclass(frozen=True, slots=True)
class OrderFateUnknown:
    """An order was sent and nobody knows what became of it; nothing more is sent of its symbol until that is known."""

    order_id: str
    account_id: str
    venue: str
    symbol: str

    @property
    def key(self) -> str:
        return self.account_id


class LiveTradingOff(Forbidden):
    """Live trading is off here: {why}."""


class NotAgreed(Forbidden):
    """Your collective has not asked for live trading; PUT /live-trading/consent first."""


class NoVenueKey(NotFound):
    """Live account {account_id} has no key in use; POST /live-trading/keys adds one."""


class NoSuchVenueKey(NotFound):
    """You have no key {key_id}; GET /live-trading/keys lists yours."""


class VenueNotServed(Refused):
    """{venue} is not among the exchanges that are traded at here: {served}."""


class KeyMayWithdraw(Refused):
    """{venue} says that this key may withdraw. Make one that may trade and nothing more; the arena keeps no other."""


class KeyMayNotTrade(Refused):
    """{venue} says that this key may not trade; allow it there, or make another."""


class NothingInAccount(Refused):
    """The account at {venue} holds no {quote}, in which it would be kept here; fund it, or name another currency."""


class QuoteNotTraded(Refused):
    """Nothing is priced in {quote} here; name one of {known}."""


class SymbolUnresolved(Conflict):
    """Nobody knows what became of order {order_id} in {symbol}; nothing more is sent of it until {venue} has said."""


class NoSuchLiveOrder(NotFound):
    """There is no live order {order_id} that you can see; GET /orders lists yours."""


class NoSuchDifference(NotFound):
    """There is no difference {difference_id} that is still open; GET /live-trading/differences lists them."""


class DifferenceNotBookable(Refused):
    """Only a difference of balances can be booked as money put in or taken out; this one is of kind {kind}."""
