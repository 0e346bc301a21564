"""Writes a batch of the floor: one statement for all of it, guarded by the seat's epoch."""

from decimal import Decimal
from typing import Any

import msgspec

from arena.kit.db import Database
from arena.kit.errors import Unavailable
from arena.people.access import SYSTEM, Actor
from arena.trading.orders.floor.batch import Batch
from arena.trading.orders.floor.resting import Resting
from arena.trading.portfolio import Position, keep_flow
from arena.trading.venues import Fill, UserEvent

_SEAT = """
with seat as (
  update exchange_seat set played_until = coalesce($2, played_until) where epoch = $1 returning epoch)"""
_WRITE = (
    _SEAT
    + """,
orders as (
  insert into trade_order (id, account_id, client_order_id, symbol, side, type, quantity, limit_price, stop_price,
    status, filled_quantity, filled_quote, reason, placed_at, updated_at, number, quote_quantity, trailing_bps,
    time_in_force, self_match, effective_at, expires_at, working, working_at, list_number, cancel_id, resume)
  select o.a, b, c, d, e, f, g::numeric, h::numeric, i::numeric, j, k::numeric, l::numeric, m, n, o.o, p, q::numeric,
    r, s, t, u, v, w, x, y, z, zz::jsonb
  from seat, unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
    $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::timestamptz[], $17::timestamptz[],
    $18::bigint[], $19::text[], $20::int[], $21::text[], $22::text[], $23::timestamptz[], $24::timestamptz[],
    $25::bool[], $26::timestamptz[], $27::bigint[], $28::text[], $29::text[])
    as o(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y, z, zz)
  on conflict (id) do update set status = excluded.status, quantity = excluded.quantity,
    filled_quantity = excluded.filled_quantity, filled_quote = excluded.filled_quote, reason = excluded.reason,
    updated_at = excluded.updated_at, working = excluded.working, working_at = excluded.working_at,
    cancel_id = excluded.cancel_id, resume = excluded.resume),
fills as (
  insert into fill (id, order_id, account_id, number, symbol, side, quantity, price, fee, fee_asset, liquidity,
    evidence, at, trade_number)
  select f.a, b, c, d, e, f.f, g::numeric, h::numeric, i::numeric, j, k, l::jsonb, m, n
  from seat, unnest($30::text[], $31::text[], $32::text[], $33::int[], $34::text[], $35::text[], $36::text[],
    $37::text[], $38::text[], $39::text[], $40::text[], $41::text[], $42::timestamptz[], $43::bigint[])
    as f(a, b, c, d, e, f, g, h, i, j, k, l, m, n)),
balances as (
  insert into balance (account_id, asset, quantity)
  select a, b, c::numeric from seat, unnest($44::text[], $45::text[], $46::text[]) as r(a, b, c)
  on conflict (account_id, asset) do update set quantity = excluded.quantity),
positions as (
  insert into position (account_id, symbol, quantity, average_cost, realised_pnl, fees)
  select a, b, c::numeric, d::numeric, e::numeric, f::numeric
  from seat, unnest($47::text[], $48::text[], $49::text[], $50::text[], $51::text[], $52::text[])
    as r(a, b, c, d, e, f)
  on conflict (account_id, symbol) do update set quantity = excluded.quantity, average_cost = excluded.average_cost,
    realised_pnl = excluded.realised_pnl, fees = excluded.fees),
events as (
  insert into account_event (account_id, number, first, order_id, at, actor, key_id, body)
  select a, b, c, d, e, f, g, h::json
  from seat, unnest($53::text[], $54::bigint[], $55::bigint[], $56::text[], $57::timestamptz[], $58::text[],
    $59::text[], $60::text[]) as r(a, b, c, d, e, f, g, h))
select count(*) from seat"""
)
_LISTS = """
insert into order_list (number, account_id, client_order_id, symbol, placed_at)
select * from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
on conflict (number) do nothing"""
_WIDTHS = {"orders": 27, "fills": 14, "balances": 3, "positions": 6, "events": 8}


class SeatLost(Unavailable):
    """Another process is the exchange now; send the order again, it is taken there."""


class Rows:
    """A batch as columns. Made at once, without waiting, so that what moves on meanwhile is not half in it.

    Numbers go as text: to read them is quicker for PostgreSQL than to pack them is for us.
    """

    def __init__(self, batch: Batch) -> None:
        rows = {
            "orders": [_order(order) for order in batch.orders.values()],
            "fills": [_fill(fill) for fill in batch.fills],
            "balances": [
                (account_id, asset, format(purse.balances[asset], "f"))
                for (account_id, asset), purse in batch.assets.items()
            ],
            "positions": [
                _position(account_id, purse.positions[symbol])
                for (account_id, symbol), purse in batch.symbols.items()
            ],
            "events": _events(batch),
        }
        self.columns = [
            column for name, width in _WIDTHS.items() for column in _columns(rows[name], width)
        ]
        self.lists = [
            (made.number, account_id, made.client_order_id, made.symbol, made.placed_at)
            for account_id, made in batch.lists
        ]
        self.flows = list(batch.flows)
        self.played_until = batch.played_until

    @property
    def plain(self) -> bool:
        """Whether one statement writes all of it."""
        return not (self.lists or self.flows)


async def write(db: Database, rows: Rows, epoch: int) -> None:
    """Raises SeatLost where another process has taken the seat; then nothing of the batch stands."""
    if rows.plain:
        held = await db.statement(_WRITE, epoch, rows.played_until, *rows.columns)
        if not held:
            raise SeatLost
        return
    async with db.transaction() as tx:
        if rows.lists:
            await tx.execute(_LISTS, *_columns(rows.lists, 5))
        if not await tx.fetchval(_WRITE, epoch, rows.played_until, *rows.columns):
            raise SeatLost
        for flow, (actor, request_id) in rows.flows:
            await keep_flow(tx, flow, actor=actor, request_id=request_id)


def _order(order: Resting) -> tuple[Any, ...]:
    asked = order.request
    quantity = order.filled_quantity if asked.quantity is None else asked.quantity
    return (
        order.id, order.account_id, asked.client_order_id, asked.symbol, asked.side, asked.type, _text(quantity),
        _text(asked.limit_price), _text(asked.stop_price), order.status, _text(order.filled_quantity),
        _text(order.filled_quote), order.reason, order.placed_at, order.updated_at, order.number,
        _text(asked.quote_quantity), asked.trailing_bps, asked.time_in_force, asked.self_match, order.effective_at,
        asked.expires_at, order.working, order.working_at, order.list_number, order.cancel_id,
        _json(order.resumed()),
    )  # fmt: skip


def _fill(fill: Fill) -> tuple[Any, ...]:
    return (
        fill.id, fill.order_id, fill.account_id, fill.number, fill.symbol, fill.side, _text(fill.quantity),
        _text(fill.price), _text(fill.fee), fill.fee_asset, fill.liquidity, _json(fill.evidence), fill.at,
        fill.trade_number,
    )  # fmt: skip


def _position(account_id: str, held: Position) -> tuple[Any, ...]:
    return (
        account_id, held.symbol, _text(held.quantity), _text(held.average_cost), _text(held.realised_pnl),
        _text(held.fees),
    )  # fmt: skip


def _events(batch: Batch) -> list[tuple[Any, ...]]:
    """A row for what one act led to in one account: events that follow one another and have one actor."""
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
        (
            told[0].account_id, told[-1].number, told[0].number,
            next((e.order.id for e in told if e.order is not None), None), told[-1].at, by.id, by.key_id, _json(told),
        )
        for told, by in acts
    ]  # fmt: skip


def _text(number: Decimal | None) -> str | None:
    return None if number is None else format(number, "f")


def _columns(rows: list[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[]] * width


_encode = msgspec.json.Encoder(decimal_format="string").encode


def _json(value: object) -> str:
    return _encode(value).decode()
