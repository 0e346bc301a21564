"""What is asked of a venue, what it answers, and how an order's status may move there. Plain values and errors.

Whoever serves (the paper exchange) and whoever asks (the router, a dialect, a page) speak in these. Quantities are in
base units, prices and `quote_quantity` in quote units, times aware and UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from arena.kit.errors import Conflict, Forbidden, NotFound, Refused, Unavailable
from arena.trading.market import Side

OrderType = Literal[
    "market", "limit", "limit_maker", "stop_loss", "stop_loss_limit", "take_profit", "take_profit_limit",
]  # fmt: skip
TimeInForce = Literal["gtc", "ioc", "fok"]
SelfMatch = Literal["none", "expire_taker", "expire_maker", "expire_both"]
"""What happens where an account would trade with itself: nothing is prevented, or one side expires, or both."""
Liquidity = Literal["maker", "taker"]
OrderStatus = Literal[
    "pending", "accepted", "partially_filled", "filled", "canceled", "expired", "expired_in_match", "rejected",
    "unknown",
]  # fmt: skip

MOVES: Mapping[OrderStatus, frozenset[OrderStatus]] = {
    # Written down, not yet at the venue: on its way, or the leg of a list that waits for its sibling.
    "pending": frozenset({"accepted", "rejected", "canceled", "expired", "unknown"}),
    "accepted": frozenset(
        {"partially_filled", "filled", "canceled", "expired", "expired_in_match", "rejected", "unknown"}
    ),
    "partially_filled": frozenset(
        {"partially_filled", "filled", "canceled", "expired", "expired_in_match", "unknown"}
    ),
    # Nobody has heard from the venue: it is asked by client order id until it says.
    "unknown": frozenset(
        {"accepted", "partially_filled", "filled", "canceled", "expired", "expired_in_match", "rejected"}
    ),
    "filled": frozenset(),
    "canceled": frozenset(),
    "expired": frozenset(),
    "expired_in_match": frozenset(),
    "rejected": frozenset(),
}  # fmt: skip
OPEN: tuple[OrderStatus, ...] = tuple(status for status, to in MOVES.items() if to)


@dataclass(frozen=True, slots=True)
class OrderRequest:
    """An order as it is asked for. `client_order_id` names the intent within the account, once and for all.

    A market order has a `quantity` or a `quote_quantity` (what to spend or to receive). Stop and take-profit types
    have a `stop_price`, or `trailing_bps` (1/10,000 from the best price since it was placed), or both (the trail then
    begins at the stop price). `expires_at`: filled no more from then on.
    """

    client_order_id: str
    symbol: str
    side: Side
    type: OrderType
    quantity: Decimal | None = None
    quote_quantity: Decimal | None = None
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trailing_bps: int | None = None
    time_in_force: TimeInForce = "gtc"
    self_match: SelfMatch = "expire_maker"
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrderRef:
    """One order of an account: by the venue's `number`, or by `client_order_id`; both must fit where both are given.

    `venue_order_id` is for exchanges that call their orders by words.
    """

    symbol: str
    number: int | None = None
    client_order_id: str | None = None
    venue_order_id: str | None = None


@dataclass(frozen=True, slots=True)
class Fill:
    """A trade of ours. `fee` is in units of `fee_asset`; `number` counts the fills of the order from 1, `trade_number`
    those of the instrument (0 where the venue does not count).

    `evidence` says where it came from; docs/reference/record.md tells for reference accounts,
    docs/reference/paper-exchange.md for the paper exchange.
    """

    id: str
    order_id: str
    account_id: str
    number: int
    symbol: str
    side: Side
    quantity: Decimal
    price: Decimal
    fee: Decimal
    fee_asset: str
    liquidity: Liquidity
    evidence: dict[str, Any]
    at: datetime
    trade_number: int = 0


@dataclass(frozen=True, slots=True)
class VenueOrder:
    """An order as a venue shows it. `number` is the venue's own (Binance's orderId), `list_number` that of its OCO.

    `client_order_id` is the request's, and stays; `cancel_id` is what the request that ended it called itself.
    `working`: in the book or ready to trade; a stop works from its trigger on. `filled_quote` is what the fills were
    worth, fees aside. `reason` is a word of `Ending` where it ended otherwise than filled.
    """

    id: str
    account_id: str
    number: int
    request: OrderRequest
    status: OrderStatus
    placed_at: datetime
    updated_at: datetime
    filled_quantity: Decimal = Decimal(0)
    filled_quote: Decimal = Decimal(0)
    working: bool = True
    working_at: datetime | None = None
    list_number: int | None = None
    list_client_order_id: str | None = None
    cancel_id: str | None = None
    reason: str | None = None
    fills: tuple[Fill, ...] = ()
    """Those this answer or event tells of; not all there ever were."""
    venue_order_id: str = ""
    """What the exchange itself calls the order, where that is no number (`number` is 0 then)."""

    @property
    def open(self) -> bool:
        return bool(MOVES[self.status])


@dataclass(frozen=True, slots=True)
class OrderListRequest:
    """One cancels the other: two sells (or buys) of one quantity, of which at most one trades.

    `above` and `below` the market, as Binance names them: a limit_maker or take-profit type on one side, a stop type on
    the other.
    """

    client_order_id: str
    symbol: str
    above: OrderRequest
    below: OrderRequest


@dataclass(frozen=True, slots=True)
class OrderList:
    """`done` where no leg is open any more."""

    number: int
    client_order_id: str
    symbol: str
    placed_at: datetime
    done: bool
    orders: tuple[VenueOrder, VenueOrder]


@dataclass(frozen=True, slots=True)
class Replaced:
    """The answer to cancel-replace. A part that failed is the error; a part not tried is None."""

    canceled: VenueOrder | Exception | None
    placed: VenueOrder | Exception | None


@dataclass(frozen=True, slots=True)
class Balance:
    """What an account has of an asset: free to use, and held by open orders."""

    free: Decimal = Decimal(0)
    locked: Decimal = Decimal(0)

    @property
    def total(self) -> Decimal:
        return self.free + self.locked


@dataclass(frozen=True, slots=True)
class VenueAccount:
    """An account as its venue shows it. Fees in 1/10,000; `can_trade` False: killed, halted or closed."""

    id: str
    number: int
    maker_bps: int
    taker_bps: int
    can_trade: bool
    balances: Mapping[str, Balance]
    updated_at: datetime
    latency_ms: int = 0
    orders_max: int = 200
    """How many orders may be open at once."""


@dataclass(frozen=True, slots=True)
class UserEvent:
    """Something that happened in an account, after its commit. `number` counts the account's events from 1 without gap,
    so whoever was away asks from the last one he has.

    `kind` and what comes with it: `order` (`order`: new, triggered, canceled, expired …), `fill` (`order` as it stands
    after it, with that one fill), `balances` (those that changed), `list` (an OCO was opened or is done).
    """

    number: int
    account_id: str
    kind: Literal["order", "fill", "balances", "list"]
    at: datetime
    order: VenueOrder | None = None
    balances: Mapping[str, Balance] = field(default_factory=dict)
    order_list: OrderList | None = None
    changes: Mapping[str, Decimal] = field(default_factory=dict)
    """With `balances`: what came in, or with a minus went out, other than by trading (opening cash, a deposit)."""


class UnknownOrder(NotFound):
    """There is no such order in this account: {which}."""


class OrderEnded(Conflict):
    """Order {which} is {status} and cannot be cancelled any more."""


class DuplicateOrder(Conflict):
    """{client_order_id} names another order of this account; use a new id for a new intent."""


class BadOrderRequest(Refused):
    """The order does not hold together: {why}."""


class WouldTake(Refused):
    """Order would immediately match and take."""


class WouldTrigger(Refused):
    """Stop price would trigger immediately."""


class NothingToTrade(Refused):
    """Nobody offers {symbol} right now, so the market order cannot be valued; try again, or use a limit order."""


class MarketClosed(Refused):
    """{symbol} is halted; its status is in GET /market-data/instruments."""


class MayNotTrade(Forbidden):
    """This account may not place or cancel orders: {why}."""


class VenueRefused(Refused):
    """{venue} refuses: {why} ({code})."""


class VenueSilent(Unavailable):
    """{venue} has not answered in time, so nobody knows whether it acted; ask for the order by its client order id."""


class VenueAway(Unavailable):
    """{venue} cannot be reached: {why}."""


def whole_ms(at: datetime) -> datetime:
    """The time rounded down to the millisecond, as records keep times."""
    rest = at.microsecond % 1000
    return at - timedelta(microseconds=rest) if rest else at
