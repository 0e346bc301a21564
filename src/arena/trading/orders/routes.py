"""Orders over HTTP: a collective trades an account of its own. Parse, call one verb, answer."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from fastapi import Path, Query
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
)

from arena.kit.clock import from_ms, iso_ms, to_ms
from arena.kit.db import Tx
from arena.kit.page import LIMIT_MAX, BadCursor, Page, decode_cursor, encode_cursor, page_of
from arena.people.access import CallDep, Routes, needs
from arena.trading import risk
from arena.trading.orders import store
from arena.trading.orders.cancel import cancel
from arena.trading.orders.halt import halt, resume
from arena.trading.orders.model import BadOrder, NewOrder, Order, Status
from arena.trading.orders.own import own_account, own_account_id, own_order
from arena.trading.orders.place import place
from arena.trading.portfolio import accounts_of
from arena.trading.venues import BarVenue, Rules

routes = Routes("orders")
WRITES = needs("orders:write", kinds=("collective",))
READS = needs("portfolio:read")


def _sane(at: datetime) -> datetime:
    if not 1970 <= at.year <= 2200:
        raise ValueError("a year from 1970 to 2200")
    return at


OrderId = Annotated[str, Path(pattern="^ord_[0-9a-z]{26}$", description="An order's id.")]
DecimalText = Annotated[str, Field(pattern=r"^\d{1,15}(\.\d{1,12})?$", examples=["0.015"])]
Fraction = Annotated[str, Field(pattern=r"^(0\.\d{1,6}|1(\.0{1,6})?)$", examples=["0.25"])]
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
    type: Literal["market", "limit", "stop_loss", "take_profit"] = "market"
    quantity: DecimalText = Field(description="Base units, a multiple of the instrument's step.")
    limit_price: DecimalText | None = Field(None, description="For limit orders, and only those.")
    stop_price: DecimalText | None = Field(
        None, description="For stop-loss and take-profit orders, and only those."
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
    type: Literal["market", "limit", "stop_loss", "take_profit"]
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


class LimitsDraft(BaseModel):
    """Bounds of the collective's own account; weights are fractions of its equity."""

    model_config = ConfigDict(extra="forbid")

    position_weight_max: Fraction = Field("1", description="Of one position.")
    exposure_max: Fraction = Field("1", description="Of all positions together.")
    daily_drawdown_max: Fraction = Field(
        "1",
        description="Loss since UTC midnight from which only reducing orders pass; 1: no such halt.",
    )
    order_notional_max: DecimalText | None = Field(
        None, description="Worth of one order in quote units; null: no bound."
    )


class Reason(BaseModel):
    """Why; it goes into the audit trail."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(
        min_length=1, max_length=500, pattern=r"^[^\x00]*$", examples=["prices look wrong"]
    )


class RiskView(BaseModel):
    """Bounds every order is checked against before it goes."""

    account_id: str
    position_weight_max: Number
    exposure_max: Number
    daily_drawdown_max: Number
    order_notional_max: Number | None
    killed_at: Time | None = Field(
        description="Since when no order is taken; null: orders are taken."
    )


@routes.add("POST", "/orders", gate=WRITES, status_code=201)
async def place_order(call: CallDep, body: OrderDraft) -> OrderView:
    """Places an order on the paper venue, in the collective's own account, which the first order opens.

    It takes effect after the venue's latency and is filled from the next bars, as `docs/reference/record.md`
    tells. Risk limits apply before it goes.
    """
    expires_at = body.expires_at
    if expires_at is not None and expires_at <= call.tx.now:
        raise BadOrder(why=f"it expires at {iso_ms(expires_at)} and it is {iso_ms(call.tx.now)}")
    account = await own_account(call.tx, call.actor.id, call.settings.collective_cash)
    order = await place(
        call.tx,
        NewOrder(
            account_id=account.id,
            client_order_id=body.client_order_id or f"call:{call.intent[:48]}",
            symbol=body.symbol,
            side=body.side,
            type=body.type,
            quantity=Decimal(body.quantity),
            limit_price=None if body.limit_price is None else Decimal(body.limit_price),
            stop_price=None if body.stop_price is None else Decimal(body.stop_price),
            expires_at=expires_at,
        ),
        venue=BarVenue(Rules.from_settings(call.settings)),
        actor=call.actor,
        request_id=call.request_id,
    )
    return _view(order)


@routes.add("DELETE", "/orders/{order_id}", gate=WRITES)
async def cancel_order(call: CallDep, order_id: OrderId) -> OrderView:
    """Cancels what is left of an open order; what was filled meanwhile stays filled."""
    await own_order(call.tx, call.actor.id, order_id)
    order = await cancel(
        call.tx, order_id, "its owner cancelled it", actor=call.actor, request_id=call.request_id
    )
    return _view(order)


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


@routes.add("GET", "/risk", gate=needs("portfolio:read", kinds=("collective",)))
async def get_risk(call: CallDep) -> RiskView:
    """The limits of the collective's own account."""
    return await _risk(call.tx, own_account_id(call.actor.id))


@routes.add("PUT", "/risk/limits", gate=WRITES)
async def put_limits(call: CallDep, body: LimitsDraft) -> RiskView:
    """Replaces the limits of the collective's own account. They bind from the next order on."""
    account = await own_account(call.tx, call.actor.id, call.settings.collective_cash)
    notional = body.order_notional_max
    limits = risk.Limits(
        position_weight_max=Decimal(body.position_weight_max),
        exposure_max=Decimal(body.exposure_max),
        daily_drawdown_max=Decimal(body.daily_drawdown_max),
        order_notional_max=None if notional is None else Decimal(notional),
    )
    await risk.set_limits(call.tx, account.id, limits, actor=call.actor, request_id=call.request_id)
    return await _risk(call.tx, account.id)


@routes.add("POST", "/risk/halt", gate=WRITES)
async def halt_trading(call: CallDep, body: Reason) -> RiskView:
    """The kill switch of the collective's own account: open orders are cancelled, none is taken any more."""
    account = await own_account(call.tx, call.actor.id, call.settings.collective_cash)
    await halt(call.tx, account.id, body.reason, actor=call.actor, request_id=call.request_id)
    return await _risk(call.tx, account.id)


@routes.add("POST", "/risk/resume", gate=WRITES)
async def resume_trading(call: CallDep, body: Reason) -> RiskView:
    """Lets orders of the collective's own account be taken again."""
    account = await own_account(call.tx, call.actor.id, call.settings.collective_cash)
    await resume(call.tx, account.id, body.reason, actor=call.actor, request_id=call.request_id)
    return await _risk(call.tx, account.id)


async def _risk(tx: Tx, account_id: str) -> RiskView:
    limits = await risk.limits(tx, account_id)
    return RiskView(
        account_id=account_id,
        position_weight_max=limits.position_weight_max,
        exposure_max=limits.exposure_max,
        daily_drawdown_max=limits.daily_drawdown_max,
        order_notional_max=limits.order_notional_max,
        killed_at=limits.killed_at,
    )


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
    )
