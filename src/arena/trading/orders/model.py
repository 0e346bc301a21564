"""Orders, how their status may move, the fact of a fill, and the refusals."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import msgspec

from arena.kit.errors import Conflict, NotFound, Refused
from arena.trading.market import Side
from arena.trading.venues import MOVES, OrderStatus, OrderType, TicketType, TimeInForce

Status = OrderStatus


class NewOrder(msgspec.Struct, frozen=True, gc=False):
    """What is asked for. Quantity in base units; prices and `budget` in quote units.

    `client_order_id` names the intent within the account: repeated, it gives the first order again. `budget`
    is what a buy may spend; None lets `place` reserve it from what open orders leave of the cash.
    """

    account_id: str
    client_order_id: str
    symbol: str
    side: Side
    type: TicketType
    quantity: Decimal
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    expires_at: datetime | None = None
    budget: Decimal | None = None
    group_id: str | None = None
    signal_id: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """An order as it stands. `filled_quote` is what its fills were worth, fees aside; `reason` says why it
    ended where that was not by being filled. `number` is that of the floor, None for orders of the bar venue."""

    id: str
    account_id: str
    client_order_id: str
    symbol: str
    side: Side
    type: OrderType
    quantity: Decimal
    limit_price: Decimal | None
    stop_price: Decimal | None
    status: Status
    filled_quantity: Decimal
    filled_quote: Decimal
    group_id: str | None
    signal_id: str | None
    reason: str | None
    placed_at: datetime
    updated_at: datetime
    expires_at: datetime | None = None
    number: int | None = None
    quote_quantity: Decimal | None = None
    trailing_bps: int | None = None
    time_in_force: TimeInForce = "gtc"
    working: bool = True

    @property
    def open(self) -> bool:
        return bool(MOVES[self.status])


@dataclass(frozen=True, slots=True)
class OrderFilled:
    """An order got a fill; it is applied to the portfolio already. `at` is the fill's product time."""

    order_id: str
    account_id: str
    symbol: str
    signal_id: str | None
    fill_id: str
    at: datetime

    @property
    def key(self) -> str:
        return self.account_id


class NoSuchOrder(NotFound):
    """There is no order {order_id} that you can see; GET /orders lists yours."""


class ClientOrderIdReused(Conflict):
    """client_order_id {client_order_id} names another order of this account ({order_id}); use a new one for
    a new intent."""


class OrderElsewhere(Conflict):
    """Order {order_id} is at a live exchange; cancel it with DELETE /live-trading/orders/{order_id}."""


class OrderNotOpen(Conflict):
    """Order {order_id} is {status} and cannot be cancelled any more."""


class BadOrder(Refused):
    """The order does not hold together: {why}."""


class WrongQuote(Refused):
    """{symbol} is priced in {quote} and this account keeps {account_quote}; trade an instrument priced in
    {account_quote}."""
