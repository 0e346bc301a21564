"""Writes a batch of the floor: one statement for all of it, guarded by the seat's epoch.

Rows go as JSON and become rows of their tables there: to encode a list of them at once costs a fraction of what packing
one column after the other does, and PostgreSQL reads it as quickly.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from arena.kit.db import Database, Line
from arena.kit.errors import Unavailable
from arena.people.access import SYSTEM, Actor
from arena.trading.orders.floor.batch import Batch
from arena.trading.orders.floor.resting import Resting
from arena.trading.portfolio import Position, keep_flow
from arena.trading.venues import Fill, UserEvent


class Row(msgspec.Struct, gc=False):
    """A row of a table; its fields are columns."""


class OrderRow(Row):
    id: str
    account_id: str
    client_order_id: str
    symbol: str
    side: str
    type: str
    quantity: Decimal
    limit_price: Decimal | None
    stop_price: Decimal | None
    status: str
    filled_quantity: Decimal
    filled_quote: Decimal
    reason: str | None
    placed_at: datetime
    updated_at: datetime
    number: int
    quote_quantity: Decimal | None
    trailing_bps: int | None
    time_in_force: str
    self_match: str
    effective_at: datetime
    expires_at: datetime | None
    working: bool
    working_at: datetime | None
    list_number: int | None
    cancel_id: str | None
    resume: Mapping[str, Any]


class FillRow(Row):
    id: str
    order_id: str
    account_id: str
    number: int
    symbol: str
    side: str
    quantity: Decimal
    price: Decimal
    fee: Decimal
    fee_asset: str
    liquidity: str
    evidence: Mapping[str, Any]
    at: datetime
    trade_number: int


class BalanceRow(Row):
    account_id: str
    asset: str
    quantity: Decimal


class PositionRow(Row):
    account_id: str
    symbol: str
    quantity: Decimal
    average_cost: Decimal
    realised_pnl: Decimal
    fees: Decimal


class EventRow(Row):
    """What one act led to in one account: events that follow one another and have one actor."""

    account_id: str
    number: int
    first: int
    order_id: str | None
    at: datetime
    actor: str
    key_id: str | None
    body: list[UserEvent]


class ListRow(Row):
    number: int
    account_id: str
    client_order_id: str
    symbol: str
    placed_at: datetime


def _insert(table: str, row: type[Row], parameter: int) -> str:
    """Inserts the rows of the parameter while the seat is held."""
    names = row.__struct_fields__
    return (
        f"insert into {table} ({', '.join(names)}) select {', '.join(f'r.{name}' for name in names)}"
        f' from seat, json_populate_recordset(null::"{table}", ${parameter}::json) as r'
    )


_SEAT = """
with seat as (
  update exchange_seat set played_until = coalesce($2, played_until) where epoch = $1 returning epoch)"""
_WRITE = f"""{_SEAT},
orders as (
  {_insert("trade_order", OrderRow, 3)}
  on conflict (id) do update set status = excluded.status, quantity = excluded.quantity,
    filled_quantity = excluded.filled_quantity, filled_quote = excluded.filled_quote, reason = excluded.reason,
    updated_at = excluded.updated_at, working = excluded.working, working_at = excluded.working_at,
    cancel_id = excluded.cancel_id, resume = excluded.resume),
fills as (
  {_insert("fill", FillRow, 4)}),
balances as (
  {_insert("balance", BalanceRow, 5)}
  on conflict (account_id, asset) do update set quantity = excluded.quantity),
positions as (
  {_insert("position", PositionRow, 6)}
  on conflict (account_id, symbol) do update set quantity = excluded.quantity, average_cost = excluded.average_cost,
    realised_pnl = excluded.realised_pnl, fees = excluded.fees),
events as (
  {_insert("account_event", EventRow, 7)}),
lists as (
  {_insert("order_list", ListRow, 8)}
  on conflict (number) do nothing)
select count(*) from seat"""


class SeatLost(Unavailable):
    """Another process is the exchange now; send the order again, it is taken there."""


class Rows:
    """A batch as rows. Made at once, without waiting, so that what moves on meanwhile is not half in it."""

    def __init__(self, batch: Batch) -> None:
        self.values = [
            _encode(rows).decode()
            for rows in (
                [_order(order) for order in batch.orders.values()],
                [_fill(fill) for fill in batch.fills],
                [
                    BalanceRow(account_id, asset, purse.balances[asset])
                    for (account_id, asset), purse in batch.assets.items()
                ],
                [
                    _position(account_id, purse.positions[symbol])
                    for (account_id, symbol), purse in batch.symbols.items()
                ],
                _events(batch),
                [
                    ListRow(made.number, account_id, made.client_order_id, made.symbol, made.placed_at)
                    for account_id, made in batch.lists
                ],
            )
        ]  # fmt: skip
        self.flows = list(batch.flows)
        self.played_until = batch.played_until


async def write(db: Database, line: Line, rows: Rows, epoch: int) -> None:
    """Raises SeatLost where another process has taken the seat; then nothing of the batch stands."""
    if not rows.flows:
        if not await line.statement(_WRITE, epoch, rows.played_until, *rows.values):
            raise SeatLost
        return
    async with db.transaction() as tx:
        if not await tx.fetchval(_WRITE, epoch, rows.played_until, *rows.values):
            raise SeatLost
        for flow, (actor, request_id) in rows.flows:
            await keep_flow(tx, flow, actor=actor, request_id=request_id)


def _order(order: Resting) -> OrderRow:
    asked = order.request
    quantity = order.filled_quantity if asked.quantity is None else asked.quantity
    return OrderRow(
        order.id, order.account_id, asked.client_order_id, asked.symbol, asked.side, asked.type, quantity,
        asked.limit_price, asked.stop_price, order.status, order.filled_quantity, order.filled_quote, order.reason,
        order.placed_at, order.updated_at, order.number, asked.quote_quantity, asked.trailing_bps,
        asked.time_in_force, asked.self_match, order.effective_at, asked.expires_at, order.working,
        order.working_at, order.list_number, order.cancel_id, order.resumed(),
    )  # fmt: skip


def _fill(fill: Fill) -> FillRow:
    return FillRow(
        fill.id, fill.order_id, fill.account_id, fill.number, fill.symbol, fill.side, fill.quantity, fill.price,
        fill.fee, fill.fee_asset, fill.liquidity, fill.evidence, fill.at, fill.trade_number,
    )  # fmt: skip


def _position(account_id: str, held: Position) -> PositionRow:
    return PositionRow(
        account_id, held.symbol, held.quantity, held.average_cost, held.realised_pnl, held.fees
    )


def _events(batch: Batch) -> list[EventRow]:
    acts: list[tuple[list[UserEvent], Actor]] = []
    last: dict[str, tuple[list[UserEvent], Actor]] = {}
    for event, by in batch.events:
        known = last.get(event.account_id)
        if known is not None and by in (known[1], SYSTEM):
            known[0].append(event)
            continue
        last[event.account_id] = act = ([event], by)
        acts.append(act)
    return [
        EventRow(
            told[0].account_id, told[-1].number, told[0].number,
            next((e.order.id for e in told if e.order is not None), None), told[-1].at, by.id, by.key_id, told,
        )
        for told, by in acts
    ]  # fmt: skip


_encode = msgspec.json.Encoder(decimal_format="string").encode
