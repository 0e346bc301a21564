"""Profit and loss, lots, fees and flows over HTTP. Parse, call one verb, answer."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from fastapi import Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field, PlainSerializer
from starlette.responses import Response

from arena.kit.clock import iso_ms
from arena.people.access import CallDep, Routes, needs
from arena.trading.orders import fund
from arena.trading.performance.gains.read import account_lots, charged, pnl
from arena.trading.performance.gains.tables import days_csv, fills_csv, lots_csv
from arena.trading.performance.gains.walk import AssetFees, DayPnl, SymbolPnl
from arena.trading.performance.whose import seen_account
from arena.trading.portfolio import Flow, Lot, flows

routes = Routes("performance")
READS = needs("portfolio:read")

AccountId = Annotated[str, Path(pattern="^acc_[0-9a-z]{26}$", description="An account's id.")]
Year = Annotated[int | None, Query(ge=1970, le=2200, description="Of the sale, UTC; null: all.")]
DAYS_MAX = 4_000
Days = Annotated[int, Query(ge=1, le=DAYS_MAX, description="The last so many days.")]
Number = Annotated[
    Decimal,
    PlainSerializer(lambda number: format(round(number, 12).normalize(), "f"), return_type=str),
    Field(examples=["100123.45"]),
]
Time = Annotated[
    datetime, PlainSerializer(iso_ms, return_type=str), Field(examples=["2021-10-27T14:15:00.000Z"])
]
CSV = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}


class DayPnlView(BaseModel):
    """A UTC day in the account's currency. `pnl` = `closing` - `opening` - `flows`; the day of now is not over yet."""

    day: date
    opening: Number
    closing: Number
    flows: Number = Field(description="Money put in less money taken out; never counted as gain.")
    pnl: Number
    realised: Number = Field(description="Over average cost, after fees.")
    fees: Number
    bought: Number = Field(description="Worth of what was bought, fees aside.")
    sold: Number
    fills: int


class DaysPnlView(BaseModel):
    account_id: str
    quote: str
    data: list[DayPnlView] = Field(description="Newest first.")


class SymbolPnlView(BaseModel):
    """An instrument since the account opened, in the account's currency; `quantity` in base units."""

    symbol: str
    quantity: Number
    average_cost: Number
    last_close: Number | None
    realised_pnl: Number = Field(description="Over average cost, after fees.")
    unrealised_pnl: Number | None
    fees: Number
    bought: Number
    sold: Number
    fills: int


class SymbolsPnlView(BaseModel):
    account_id: str
    quote: str
    equity: Number
    realised_pnl: Number
    unrealised_pnl: Number
    data: list[SymbolPnlView]


class AssetFeesView(BaseModel):
    """Fees paid in an asset: units of it, and their worth in the account's currency at the rate of each fill.

    A fee in the asset bought counts at its fill's price, one in a third asset at the last close of the instrument that
    trades it. `/portfolio/{account_id}/fills.csv` has the rate and its origin for every fill.
    """

    asset: str
    fills: int
    quantity: Number
    worth: Number
    rate_lowest: Number
    rate_highest: Number
    rate_from: str = Field(description="Where the latest rate came from.")


class FeesView(BaseModel):
    account_id: str
    quote: str
    worth: Number
    data: list[AssetFeesView]


class LotView(BaseModel):
    """Units still held that came in together; first in, first out. Quote units."""

    asset: str
    acquired_at: Time
    quantity: Number
    cost: Number
    fees: Number = Field(description="What buying them cost besides.")
    source: str = Field(description="The fill (fil_…) or flow (flw_…) they came by.")


class LotsView(BaseModel):
    account_id: str
    quote: str
    data: list[LotView]


class FlowView(BaseModel):
    """Money put in (above zero) or taken out, and its worth in the account's currency then."""

    id: str
    at: Time
    asset: str
    quantity: Number
    value: Number
    rate: Number
    rate_from: str
    equity_before: Number
    note: str
    by: str


class FlowsView(BaseModel):
    account_id: str
    quote: str
    data: list[FlowView] = Field(description="Oldest first.")


class FlowDraft(BaseModel):
    """What is put into an account, or with a minus taken out."""

    model_config = ConfigDict(extra="forbid")

    asset: str = Field(pattern="^[A-Z0-9]{1,20}$", examples=["USD"])
    quantity: str = Field(pattern=r"^-?\d{1,15}(\.\d{1,12})?$", examples=["1000"])
    note: str = Field(
        min_length=1, max_length=500, pattern=r"^[^\x00]*$", examples=["prize of the spring season"],
        description="Why; it goes into the audit trail and is shown to the owner.",
    )  # fmt: skip


@routes.add("GET", "/portfolio/{account_id}/pnl/days", gate=READS)
async def get_pnl_days(call: CallDep, account_id: AccountId, days: Days = 90) -> DaysPnlView:
    """Profit and loss of one of the caller's own accounts by UTC day, deposits and withdrawals apart."""
    mine = await seen_account(call.tx, call.actor, account_id)
    found = await pnl(call.tx, account_id)
    return DaysPnlView(
        account_id=mine.id, quote=mine.quote,
        data=[_day_view(day) for day in reversed(found.days[-days:])],
    )  # fmt: skip


@routes.add("GET", "/portfolio/{account_id}/pnl/symbols", gate=READS)
async def get_pnl_symbols(call: CallDep, account_id: AccountId) -> SymbolsPnlView:
    """Profit and loss of one of the caller's own accounts by instrument, at the last closes."""
    mine = await seen_account(call.tx, call.actor, account_id)
    found = await pnl(call.tx, account_id)
    return SymbolsPnlView(
        account_id=mine.id, quote=mine.quote, equity=found.equity, realised_pnl=found.realised,
        unrealised_pnl=found.unrealised, data=[_symbol_view(line) for line in found.symbols],
    )  # fmt: skip


@routes.add("GET", "/portfolio/{account_id}/fees", gate=READS)
async def get_fees(call: CallDep, account_id: AccountId) -> FeesView:
    """Fees that one of the caller's own accounts has paid, by asset, converted into its currency."""
    mine = await seen_account(call.tx, call.actor, account_id)
    found = await pnl(call.tx, account_id)
    return FeesView(
        account_id=mine.id, quote=mine.quote, worth=found.fees_worth,
        data=[_fees_view(fee) for fee in found.fees],
    )  # fmt: skip


@routes.add("GET", "/portfolio/{account_id}/lots", gate=READS)
async def get_lots(call: CallDep, account_id: AccountId) -> LotsView:
    """Lots that one of the caller's own accounts still holds, oldest first."""
    mine = await seen_account(call.tx, call.actor, account_id)
    found = await account_lots(call.tx, account_id)
    return LotsView(
        account_id=mine.id, quote=mine.quote, data=[_lot_view(lot) for lot in found.open]
    )


@routes.add("GET", "/portfolio/{account_id}/lots.csv", gate=READS, responses=CSV)
async def get_lots_csv(call: CallDep, account_id: AccountId, year: Year = None) -> Response:
    """Lots that one of the caller's own accounts has sold, first in first out, for a tax return: a line a piece."""
    mine = await seen_account(call.tx, call.actor, account_id)
    found = await account_lots(call.tx, account_id)
    return _csv(f"{account_id}-lots", lots_csv(found.realised, quote=mine.quote, year=year))


@routes.add("GET", "/portfolio/{account_id}/fills.csv", gate=READS, responses=CSV)
async def get_fills_csv(call: CallDep, account_id: AccountId) -> Response:
    """All fills of one of the caller's own accounts, each with its fee and how that was converted."""
    mine = await seen_account(call.tx, call.actor, account_id)
    found = await charged(call.tx, account_id)
    return _csv(f"{account_id}-fills", fills_csv(found, quote=mine.quote))


@routes.add("GET", "/portfolio/{account_id}/pnl/days.csv", gate=READS, responses=CSV)
async def get_days_csv(call: CallDep, account_id: AccountId) -> Response:
    """Profit and loss of one of the caller's own accounts by UTC day, from its opening on."""
    mine = await seen_account(call.tx, call.actor, account_id)
    found = await pnl(call.tx, account_id)
    return _csv(f"{account_id}-days", days_csv(found.days, quote=mine.quote))


@routes.add("GET", "/portfolio/{account_id}/flows", gate=READS)
async def list_flows(call: CallDep, account_id: AccountId) -> FlowsView:
    """What was put into one of the caller's own accounts, and what was taken out."""
    mine = await seen_account(call.tx, call.actor, account_id)
    found = await flows(call.tx, account_id)
    return FlowsView(
        account_id=mine.id, quote=mine.quote, data=[_flow_view(flow) for flow in found]
    )


@routes.add(
    "POST",
    "/accounts/{account_id}/flows",
    gate=needs("operate", kinds=("person",)),
    status_code=201,
    conducts=True,
)
async def post_flow(
    call: CallDep, request: Request, account_id: AccountId, body: FlowDraft
) -> FlowView:
    """Puts money into an account that is kept here, or takes it out. It never counts as return."""
    flow = await fund(
        call.db, account_id, body.asset, Decimal(body.quantity), floor=request.app.state.arena.floor,
        intent=call.intent, note=body.note, actor=call.actor, request_id=call.request_id,
    )  # fmt: skip
    return _flow_view(flow)


def _csv(name: str, text: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


def _day_view(day: DayPnl) -> DayPnlView:
    return DayPnlView(
        day=day.day, opening=day.opening, closing=day.closing, flows=day.flows, pnl=day.pnl,
        realised=day.traded.realised, fees=day.traded.fees, bought=day.traded.bought, sold=day.traded.sold,
        fills=day.traded.fills,
    )  # fmt: skip


def _symbol_view(line: SymbolPnl) -> SymbolPnlView:
    return SymbolPnlView(
        symbol=line.symbol, quantity=line.position.quantity, average_cost=line.position.average_cost,
        last_close=line.price, realised_pnl=line.traded.realised, unrealised_pnl=line.unrealised,
        fees=line.traded.fees, bought=line.traded.bought, sold=line.traded.sold, fills=line.traded.fills,
    )  # fmt: skip


def _fees_view(fee: AssetFees) -> AssetFeesView:
    return AssetFeesView(
        asset=fee.asset, fills=fee.fills, quantity=fee.quantity, worth=fee.worth, rate_lowest=fee.lowest,
        rate_highest=fee.highest, rate_from=fee.origin,
    )  # fmt: skip


def _lot_view(lot: Lot) -> LotView:
    return LotView(
        asset=lot.asset, acquired_at=lot.acquired_at, quantity=lot.quantity, cost=lot.cost, fees=lot.fees,
        source=lot.source,
    )  # fmt: skip


def _flow_view(flow: Flow) -> FlowView:
    return FlowView(
        id=flow.id, at=flow.at, asset=flow.asset, quantity=flow.quantity, value=flow.value_quote,
        rate=flow.rate, rate_from=flow.rate_from, equity_before=flow.equity_before, note=flow.note, by=flow.by,
    )  # fmt: skip
