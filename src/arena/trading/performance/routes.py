"""Portfolios, fills and curves over HTTP. Parse, call one verb, answer."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from fastapi import Path, Query
from pydantic import BaseModel, Field, PlainSerializer

from arena.kit.clock import from_ms, iso_ms, to_ms
from arena.kit.db import Tx
from arena.kit.page import LIMIT_MAX, BadCursor, Page, decode_cursor, encode_cursor, page_of
from arena.people.access import CallDep, Routes, needs, public
from arena.trading.orders import fills
from arena.trading.performance import store
from arena.trading.performance.mark import curve
from arena.trading.performance.model import Mark
from arena.trading.portfolio import (
    Account,
    NoSuchAccount,
    Portfolio,
    account,
    accounts_of,
    equity,
    portfolios,
)
from arena.trading.risk import last_closes
from arena.trading.venues import Fill

routes = Routes("performance")
READS = needs("portfolio:read")

AccountId = Annotated[str, Path(pattern="^acc_[0-9a-z]{26}$", description="An account's id.")]
After = Annotated[str | None, Query(max_length=500, description="`next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX)]
Number = Annotated[
    Decimal,
    PlainSerializer(lambda number: format(number, "f"), return_type=str),
    Field(examples=["100123.45"]),
]
Time = Annotated[
    datetime, PlainSerializer(iso_ms, return_type=str), Field(examples=["2021-10-27T14:15:00.000Z"])
]


class PositionView(BaseModel):
    """What is held of an instrument. Quantity in base units, the rest in quote units."""

    symbol: str
    quantity: Number
    average_cost: Number = Field(description="Per base unit, fees included.")
    realised_pnl: Number
    fees: Number
    last_close: Number | None
    unrealised_pnl: Number | None = Field(description="(last close - average cost) x quantity.")


class PortfolioView(BaseModel):
    """An account of the caller's: balances by asset, positions, equity at the last closes."""

    account_id: str
    kind: Literal["reference", "collective", "copier"]
    quote: str
    opening_cash: Number
    opened_at: Time
    closed_at: Time | None
    equity: Number
    balances: dict[str, Number]
    positions: list[PositionView]


class PortfoliosView(BaseModel):
    data: list[PortfolioView]


class FillView(BaseModel):
    """A fill. `evidence` says where on which bar it came from, and what was consumed before it."""

    id: str
    order_id: str
    number: int
    symbol: str
    side: Literal["buy", "sell"]
    quantity: Number
    price: Number
    fee: Number
    fee_asset: str
    liquidity: Literal["maker", "taker"]
    at: Time
    evidence: dict[str, int | str]


class MarkView(BaseModel):
    """An account at a bar's close, in quote units."""

    at: Time
    equity: Number
    cash: Number
    exposure: Number


class CurveView(BaseModel):
    """Marks, oldest first, spread evenly where there are more than asked for."""

    account_id: str
    quote: str
    opening_cash: Number
    opened_at: Time
    data: list[MarkView]


class DailyView(BaseModel):
    at: Time
    equity: Number


class DailyCurveView(BaseModel):
    """Equity at each UTC midnight of product time."""

    account_id: str
    quote: str
    opening_cash: Number
    opened_at: Time
    data: list[DailyView]


@routes.add("GET", "/portfolio", gate=READS)
async def get_portfolio(call: CallDep) -> PortfoliosView:
    """The caller's own accounts with what they hold."""
    mine = await accounts_of(call.tx, call.actor.id)
    held = await portfolios(call.tx, mine)
    closes = await last_closes(call.tx, {s for p in held.values() for s in p.positions})
    return PortfoliosView(data=[_portfolio_view(held[a.id], closes) for a in mine])


@routes.add("GET", "/portfolio/{account_id}/fills", gate=READS)
async def list_fills(
    call: CallDep, account_id: AccountId, after: After = None, limit: Limit = 100
) -> Page[FillView]:
    """Fills of one of the caller's own accounts, oldest first."""
    await _own(call.tx, call.actor.id, account_id)
    seen = None
    if after is not None:
        at_ms, order_id, number = decode_cursor(after, (int, str, int))
        if not (0 <= at_ms < 2**43 and 0 <= number < 2**31) or "\x00" in order_id:
            raise BadCursor
        seen = (from_ms(at_ms), order_id, number)
    found = await fills(call.tx, account_id, after=seen, limit=limit + 1)
    return page_of(
        [_fill_view(fill) for fill in found],
        limit,
        lambda view: encode_cursor(to_ms(view.at), view.order_id, view.number),
    )


@routes.add("GET", "/portfolio/{account_id}/curve", gate=READS)
async def get_curve(
    call: CallDep,
    account_id: AccountId,
    points: Annotated[int, Query(ge=1, le=5000, description="About how many marks.")] = 500,
) -> CurveView:
    """The equity curve of one of the caller's own accounts, net of fees."""
    mine = await _own(call.tx, call.actor.id, account_id)
    marks = await curve(call.tx, account_id, points=points)
    return CurveView(
        account_id=mine.id,
        quote=mine.quote,
        opening_cash=mine.opening_cash,
        opened_at=mine.opened_at,
        data=[_mark_view(mark) for mark in marks],
    )


@routes.add(
    "GET",
    "/accounts/{account_id}/curve",
    gate=public("a feed's record is what it is judged by; a value a day gives no signal away"),
)
async def get_daily_curve(call: CallDep, account_id: AccountId) -> DailyCurveView:
    """The equity of a feed's reference account at each UTC midnight, net of fees."""
    whose = await account(call.tx, account_id)
    if whose.kind != "reference":
        raise NoSuchAccount(account_id=account_id)
    marks = await store.at_midnights(call.tx, account_id, until=call.tx.now)
    return DailyCurveView(
        account_id=whose.id,
        quote=whose.quote,
        opening_cash=whose.opening_cash,
        opened_at=whose.opened_at,
        data=[DailyView(at=mark.at, equity=mark.equity) for mark in marks],
    )


async def _own(tx: Tx, owner_id: str, account_id: str) -> Account:
    for mine in await accounts_of(tx, owner_id):
        if mine.id == account_id:
            return mine
    raise NoSuchAccount(account_id=account_id)


def _portfolio_view(held: Portfolio, closes: dict[str, Decimal]) -> PortfolioView:
    positions = [
        PositionView(
            symbol=p.symbol,
            quantity=p.quantity,
            average_cost=round(p.average_cost, 8),
            realised_pnl=round(p.realised_pnl, 8),
            fees=round(p.fees, 8),
            last_close=closes.get(p.symbol),
            unrealised_pnl=round((closes[p.symbol] - p.average_cost) * p.quantity, 8)
            if p.symbol in closes
            else None,
        )
        for p in held.positions.values()
    ]
    return PortfolioView(
        account_id=held.account.id,
        kind=held.account.kind,
        quote=held.account.quote,
        opening_cash=held.account.opening_cash,
        opened_at=held.account.opened_at,
        closed_at=held.account.closed_at,
        equity=equity(held, closes),
        balances=dict(held.balances),
        positions=positions,
    )


def _fill_view(fill: Fill) -> FillView:
    return FillView(
        id=fill.id,
        order_id=fill.order_id,
        number=fill.number,
        symbol=fill.symbol,
        side=fill.side,
        quantity=fill.quantity,
        price=fill.price,
        fee=fill.fee,
        fee_asset=fill.fee_asset,
        liquidity=fill.liquidity,
        at=fill.at,
        evidence=fill.evidence,
    )


def _mark_view(mark: Mark) -> MarkView:
    return MarkView(at=mark.at, equity=mark.equity, cash=mark.cash, exposure=mark.exposure)
