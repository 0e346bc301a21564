"""Writes a batch of the floor: a few set-based statements in one transaction, guarded by the seat's epoch."""

from typing import Any

import msgspec

from arena.kit.db import Tx
from arena.kit.errors import Unavailable
from arena.trading.orders.floor.batch import Batch
from arena.trading.orders.floor.resting import Resting
from arena.trading.portfolio import keep_flow

_ORDERS = """
insert into trade_order (id, account_id, client_order_id, symbol, side, type, quantity, limit_price, stop_price, status,
  filled_quantity, filled_quote, reason, placed_at, updated_at, number, quote_quantity, trailing_bps, time_in_force,
  self_match, effective_at, expires_at, working, working_at, list_number, cancel_id, resume)
select id, account_id, client_order_id, symbol, side, type, quantity, limit_price, stop_price, status,
  filled_quantity, filled_quote, reason, placed_at, updated_at, number, quote_quantity, trailing_bps, time_in_force,
  self_match, effective_at, expires_at, working, working_at, list_number, cancel_id, resume::jsonb
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::numeric[], $8::numeric[],
  $9::numeric[], $10::text[], $11::numeric[], $12::numeric[], $13::text[], $14::timestamptz[], $15::timestamptz[],
  $16::bigint[], $17::numeric[], $18::int[], $19::text[], $20::text[], $21::timestamptz[], $22::timestamptz[],
  $23::bool[], $24::timestamptz[], $25::bigint[], $26::text[], $27::text[]) as o(id, account_id, client_order_id,
  symbol, side, type, quantity, limit_price, stop_price, status, filled_quantity, filled_quote, reason, placed_at,
  updated_at, number, quote_quantity, trailing_bps, time_in_force, self_match, effective_at, expires_at, working,
  working_at, list_number, cancel_id, resume)
on conflict (id) do update set status = excluded.status, quantity = excluded.quantity,
  filled_quantity = excluded.filled_quantity, filled_quote = excluded.filled_quote, reason = excluded.reason,
  updated_at = excluded.updated_at, working = excluded.working, working_at = excluded.working_at,
  cancel_id = excluded.cancel_id, resume = excluded.resume"""
_LISTS = """
insert into order_list (number, account_id, client_order_id, symbol, placed_at)
select * from unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
on conflict (number) do nothing"""
_FILLS = """
insert into fill (id, order_id, account_id, number, symbol, side, quantity, price, fee, fee_asset, liquidity, evidence,
  at, trade_number)
select id, order_id, account_id, number, symbol, side, quantity, price, fee, fee_asset, liquidity, evidence::jsonb, at,
  trade_number
from unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::text[], $6::text[], $7::numeric[], $8::numeric[],
  $9::numeric[], $10::text[], $11::text[], $12::text[], $13::timestamptz[], $14::bigint[]) as f(id, order_id,
  account_id, number, symbol, side, quantity, price, fee, fee_asset, liquidity, evidence, at, trade_number)"""
_BALANCES = """
insert into balance (account_id, asset, quantity) select * from unnest($1::text[], $2::text[], $3::numeric[])
on conflict (account_id, asset) do update set quantity = excluded.quantity"""
_POSITIONS = """
insert into position (account_id, symbol, quantity, average_cost, realised_pnl, fees)
select * from unnest($1::text[], $2::text[], $3::numeric[], $4::numeric[], $5::numeric[], $6::numeric[])
on conflict (account_id, symbol) do update set quantity = excluded.quantity, average_cost = excluded.average_cost,
  realised_pnl = excluded.realised_pnl, fees = excluded.fees"""
_EVENTS = """
insert into account_event (account_id, number, kind, order_id, at, actor, key_id, body)
select account_id, number, kind, order_id, at, actor, key_id, body::json
from unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::text[], $8::text[])
  as e(account_id, number, kind, order_id, at, actor, key_id, body)"""


class SeatLost(Unavailable):
    """Another process is the exchange now; send the order again, it is taken there."""


class Rows:
    """A batch as columns. Made at once, without waiting, so that what moves on meanwhile is not half in it."""

    def __init__(self, batch: Batch) -> None:
        self.orders = _columns([_order(order) for order in batch.orders.values()])
        self.lists = _columns(
            [
                (made.number, account_id, made.client_order_id, made.symbol, made.placed_at)
                for account_id, made in batch.lists
            ]
        )
        self.fills = _columns(
            [
                (
                    f.id, f.order_id, f.account_id, f.number, f.symbol, f.side, f.quantity, f.price, f.fee,
                    f.fee_asset, f.liquidity, _json(f.evidence), f.at, f.trade_number,
                )
                for f in batch.fills
            ]
        )  # fmt: skip
        self.balances = _columns(
            [(a, asset, purse.balances[asset]) for (a, asset), purse in batch.assets.items()]
        )
        self.positions = _columns(
            [
                (a, symbol, p.quantity, p.average_cost, p.realised_pnl, p.fees)
                for (a, symbol), purse in batch.symbols.items()
                for p in (purse.positions[symbol],)
            ]
        )
        self.events = _columns(
            [
                (
                    e.account_id, e.number, e.kind, e.order.id if e.order else None, e.at, by.id, by.key_id, _json(e),
                )
                for e, by in batch.events
            ]
        )  # fmt: skip
        self.flows = list(batch.flows)
        self.played_until = batch.played_until


async def write(tx: Tx, rows: Rows, epoch: int) -> None:
    """Raises SeatLost where another process has taken the seat; then nothing of the batch stands."""
    held = await tx.execute(
        """update exchange_seat set played_until = coalesce($2, played_until) where epoch = $1""",
        epoch, rows.played_until,
    )  # fmt: skip
    if not held:
        raise SeatLost
    for statement, columns in (
        (_ORDERS, rows.orders), (_LISTS, rows.lists), (_FILLS, rows.fills), (_BALANCES, rows.balances),
        (_POSITIONS, rows.positions), (_EVENTS, rows.events),
    ):  # fmt: skip
        if columns:
            await tx.execute(statement, *columns)
    for flow, (actor, request_id) in rows.flows:
        await keep_flow(tx, flow, actor=actor, request_id=request_id)


def _order(order: Resting) -> tuple[Any, ...]:
    asked = order.request
    quantity = order.filled_quantity if asked.quantity is None else asked.quantity
    return (
        order.id, order.account_id, asked.client_order_id, asked.symbol, asked.side, asked.type, quantity,
        asked.limit_price, asked.stop_price, order.status, order.filled_quantity, order.filled_quote, order.reason,
        order.placed_at, order.updated_at, order.number, asked.quote_quantity, asked.trailing_bps,
        asked.time_in_force, asked.self_match, order.effective_at, asked.expires_at, order.working, order.working_at,
        order.list_number, order.cancel_id, _json(order.resumed()),
    )  # fmt: skip


def _columns(rows: list[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)] if rows else []


_encode = msgspec.json.Encoder(decimal_format="string").encode


def _json(value: object) -> str:
    return _encode(value).decode()
