"""Orders over HTTP: a collective trades an account of its own. Parse, call one verb, answer."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from fastapi import Depends, Path, Query, Request
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
)

from arena.kit.clock import from_ms, iso_ms, to_ms
from arena.kit.ids import derived
from arena.kit.page import LIMIT_MAX, BadCursor, Page, decode_cursor, encode_cursor, page_of
from arena.people.access import Call, CallDep, Routes, needs
from arena.trading.orders import store
from arena.trading.orders.floor import Floor
from arena.trading.orders.model import (
    BadOrder,
    ClientOrderIdReused,
    Order,
    OrderElsewhere,
    OrderNotOpen,
    Status,
)
from arena.trading.orders.own import own_order
from arena.trading.portfolio import NoSuchAccount, accounts_of
from arena.trading.venues import (
    BadOrderRequest,
    DuplicateOrder,
    OrderEnded,
    OrderRef,
    OrderRequest,
    OrderType,
    SelfMatch,
    TimeInForce,
    whole_ms,
)

routes = Routes("orders")
WRITES = needs("orders:write", kinds=("collective",))
READS = needs("portfolio:read")


def _sane(at: datetime) -> datetime:
    if not 1970 <= at.year <= 2200:
        raise ValueError("a year from 1970 to 2200")
    return at


async def _floor(request: Request) -> Floor:
    floor: Floor = request.app.state.arena.floor
    return floor


FloorDep = Annotated[Floor, Depends(_floor)]
OrderId = Annotated[str, Path(pattern="^ord_[0-9a-z]{26}$", description="An order's id.")]
DecimalText = Annotated[str, Field(pattern=r"^\d{1,15}(\.\d{1,12})?$", examples=["0.015"])]
Number = Annotated[
    Decimal,
    PlainSerializer(lambda number: format(number, "f"), return_type=str),
    Field(examples=["42713.5"]),
]
Time = Annotated[
    datetime, PlainSerializer(iso_ms, return_type=str), Field(examples=["2021-10-27T14:15:00.000Z"])
]


class OrderDraft(BaseModel):
    """An order for the collective's own account. Numbers are decimal strings."""

    model_config = ConfigDict(extra="forbid")

    symbol: str = Field(pattern="^[A-Z0-9_-]{2,30}$", examples=["BTC-USD"])
    side: Literal["buy", "sell"]
    type: OrderType = "market"
    quantity: DecimalText | None = Field(
        None, description="Base units, a multiple of the instrument's step."
    )
    quote_quantity: DecimalText | None = Field(
        None, description="Instead of a quantity: what a market order shall spend or bring."
    )
    limit_price: DecimalText | None = Field(
        None, description="For limit, limit_maker, stop_loss_limit and take_profit_limit."
    )
    stop_price: DecimalText | None = Field(None, description="For stop-loss and take-profit types.")
    trailing_bps: int | None = Field(
        None,
        ge=10,
        le=2000,
        description="For stop-loss and take-profit types: how far the stop trails, in 1/10,000.",
    )
    time_in_force: TimeInForce = Field(
        "gtc",
        description="For types with a limit price: until cancelled, at once, or all or nothing.",
    )
    self_match: SelfMatch = Field(
        "expire_maker", description="What ends where the account would trade with itself."
    )
    expires_at: Annotated[AwareDatetime, AfterValidator(_sane)] | None = Field(
        None, description="Product time from which it is filled no more; null: until cancelled."
    )
    client_order_id: str | None = Field(
        None,
        pattern="^[A-Za-z0-9_.:-]{1,64}$",
        description="Names the intent: repeated, it gives the first order. Null: the Idempotency-Key does.",
    )


class OrderView(BaseModel):
    """An order as it stands. Quantities in base units, prices and worth in quote units."""

    id: str
    account_id: str
    client_order_id: str
    symbol: str
    side: Literal["buy", "sell"]
    type: OrderType
    quantity: Number
    limit_price: Number | None
    stop_price: Number | None
    status: Status
    filled_quantity: Number
    filled_quote: Number = Field(description="What the fills were worth, fees aside.")
    reason: str | None = Field(description="Why it ended, where not by being filled.")
    placed_at: Time
    updated_at: Time
    expires_at: Time | None
    number: int | None = Field(
        None, description="The exchange's own number of it (orderId of the Binance dialect)."
    )
    quote_quantity: Number | None = None
    trailing_bps: int | None = None
    time_in_force: TimeInForce = "gtc"
    working: bool = Field(True, description="False while a stop waits for its trigger.")


@routes.add("POST", "/orders", gate=WRITES, status_code=201, conducts=True)
async def place_order(call: CallDep, floor: FloorDep, body: OrderDraft) -> OrderView:
    """Places an order on the paper exchange, in the collective's own account, which the first order opens.

    It takes effect after the account's latency and is filled from books and trades, as
    `docs/reference/paper-exchange.md` tells. Risk limits apply before it goes. The answer comes once the order
    has taken effect, and what it took is written down; a tape that stands still is waited for a second.
    """
    now = floor.now()
    if body.expires_at is not None and body.expires_at <= now:
        raise BadOrder(why=f"it expires at {iso_ms(body.expires_at)} and it is {iso_ms(now)}")
    request = _request(body, body.client_order_id or f"call:{call.intent[:48]}")
    account_id = await floor.open_account(call.actor.id)
    try:
        placed = await floor.place(account_id, request, by=call.actor)
    except DuplicateOrder as other:
        raise ClientOrderIdReused(
            client_order_id=request.client_order_id,
            order_id=derived("ord", account_id, request.client_order_id),
        ) from other
    except BadOrderRequest as bad:
        raise BadOrder(**bad.facts) from bad
    return await _read(call, placed.id)


@routes.add("DELETE", "/orders/{order_id}", gate=WRITES, conducts=True)
async def cancel_order(call: CallDep, floor: FloorDep, order_id: OrderId) -> OrderView:
    """Cancels what is left of an open order; what was filled meanwhile stays filled."""
    async with call.db.transaction(readonly=True) as tx:
        there = await own_order(tx, call.actor.id, order_id)
    try:
        await floor.cancel(
            there.account_id, OrderRef(there.symbol, client_order_id=there.client_order_id),
            by=call.actor,
        )  # fmt: skip
    except NoSuchAccount as live:
        raise OrderElsewhere(order_id=order_id) from live
    except OrderEnded as ended:
        seen = await _read(call, order_id)
        if seen.status != "canceled":
            raise OrderNotOpen(order_id=order_id, status=seen.status) from ended
    return await _read(call, order_id)


@routes.add("GET", "/orders/{order_id}", gate=READS)
async def get_order(call: CallDep, order_id: OrderId) -> OrderView:
    """One of the caller's own orders."""
    return _view(await own_order(call.tx, call.actor.id, order_id))


@routes.add("GET", "/orders", gate=READS)
async def list_orders(
    call: CallDep,
    status: Annotated[Status | None, Query(description="Only orders of this status.")] = None,
    after: Annotated[str | None, Query(max_length=500, description="`next` of a page.")] = None,
    limit: Annotated[int, Query(ge=1, le=LIMIT_MAX)] = 50,
) -> Page[OrderView]:
    """The caller's own orders, newest first."""
    before = None
    if after is not None:
        at_ms, order_id = decode_cursor(after, (int, str))
        if not 0 <= at_ms < 2**43 or "\x00" in order_id:
            raise BadCursor
        before = (from_ms(at_ms), order_id)
    ids = [account.id for account in await accounts_of(call.tx, call.actor.id)]
    found = await store.orders(call.tx, ids, status=status, before=before, limit=limit + 1)
    return page_of(
        [_view(order) for order in found],
        limit,
        lambda view: encode_cursor(to_ms(view.placed_at), view.id),
    )


def _request(body: OrderDraft, client_order_id: str) -> OrderRequest:
    return OrderRequest(
        client_order_id=client_order_id,
        symbol=body.symbol,
        side=body.side,
        type=body.type,
        quantity=_decimal(body.quantity),
        quote_quantity=_decimal(body.quote_quantity),
        limit_price=_decimal(body.limit_price),
        stop_price=_decimal(body.stop_price),
        trailing_bps=body.trailing_bps,
        time_in_force=body.time_in_force,
        self_match=body.self_match,
        expires_at=None if body.expires_at is None else whole_ms(body.expires_at),
    )


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


async def _read(call: Call, order_id: str) -> OrderView:
    async with call.db.transaction(readonly=True) as tx:
        return _view(await own_order(tx, call.actor.id, order_id))


def _view(order: Order) -> OrderView:
    return OrderView(
        id=order.id,
        account_id=order.account_id,
        client_order_id=order.client_order_id,
        symbol=order.symbol,
        side=order.side,
        type=order.type,
        quantity=order.quantity,
        limit_price=order.limit_price,
        stop_price=order.stop_price,
        status=order.status,
        filled_quantity=order.filled_quantity,
        filled_quote=order.filled_quote,
        reason=order.reason,
        placed_at=order.placed_at,
        updated_at=order.updated_at,
        expires_at=order.expires_at,
        number=order.number,
        quote_quantity=order.quote_quantity,
        trailing_bps=order.trailing_bps,
        time_in_force=order.time_in_force,
        working=order.working,
    )
