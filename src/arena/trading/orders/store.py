"""Orders and fills in the database."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from arena.kit.db import Row, Tx
from arena.trading.orders.model import Order, Status
from arena.trading.venues import MOVES, OPEN, Fill

_ORDER = """o.id, o.account_id, o.client_order_id, o.symbol, o.side, o.type, o.quantity, o.limit_price,
    o.stop_price, o.status, o.filled_quantity, o.filled_quote, o.group_id, o.signal_id, o.reason, o.placed_at,
    o.updated_at, coalesce(o.expires_at, t.expires_at) as expires_at, o.number, o.quote_quantity, o.trailing_bps,
    o.time_in_force, o.working"""
_FROM = "from trade_order o left join ticket t on t.order_id = o.id"
_FILL = """id, order_id, account_id, number, symbol, side, quantity, price, fee, fee_asset, liquidity,
    evidence, at"""


async def insert(tx: Tx, order: Order) -> None:
    await tx.execute(
        """insert into trade_order (id, account_id, client_order_id, symbol, side, type, quantity, limit_price,
             stop_price, status, group_id, signal_id, placed_at, updated_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)""",
        order.id, order.account_id, order.client_order_id, order.symbol, order.side, order.type,
        order.quantity, order.limit_price, order.stop_price, order.status, order.group_id, order.signal_id,
        order.placed_at,
    )  # fmt: skip


async def order(tx: Tx, order_id: str) -> Order | None:
    row = await tx.fetchrow(f"select {_ORDER} {_FROM} where o.id = $1", order_id)
    return Order(**row) if row else None


async def order_by_client_id(tx: Tx, account_id: str, client_order_id: str) -> Order | None:
    row = await tx.fetchrow(
        f"select {_ORDER} {_FROM} where o.account_id = $1 and o.client_order_id = $2",
        account_id, client_order_id,
    )  # fmt: skip
    return Order(**row) if row else None


async def open_orders(tx: Tx, account_id: str, symbol: str | None = None) -> list[Order]:
    """The account's open orders by arrival, of one instrument or all."""
    rows = await tx.fetch(
        f"""select {_ORDER} {_FROM} where o.account_id = $1 and ($2::text is null or o.symbol = $2)
              and o.status in ('accepted', 'partially_filled') order by coalesce(t.sequence, o.number)""",
        account_id, symbol,
    )  # fmt: skip
    return [Order(**row) for row in rows]


async def lock_waiting(tx: Tx, symbols: Sequence[str]) -> list[str]:
    """The accounts with open orders in these instruments, locked as `portfolio.lock_accounts` locks them; in
    one statement, as this is asked at every bar."""
    rows = await tx.fetch(
        """select id from account where id in
             (select account_id from trade_order
              where status in ('accepted', 'partially_filled') and symbol = any($1))
           order by id for no key update""",
        list(symbols),
    )
    return [row["id"] for row in rows]


async def orders(
    tx: Tx,
    account_ids: Sequence[str],
    *,
    status: Status | None = None,
    before: tuple[datetime, str] | None = None,
    limit: int = 100,
) -> list[Order]:
    """Newest first; `before` is (placed_at, id) of the last one already seen."""
    at, order_id = before or (None, None)
    rows = await tx.fetch(
        f"""select {_ORDER} {_FROM} where o.account_id = any($1) and ($2::text is null or o.status = $2)
              and ($3::timestamptz is null or (o.placed_at, o.id) < ($3, $4))
            order by o.placed_at desc, o.id desc limit $5""",
        list(account_ids), status, at, order_id, limit,
    )  # fmt: skip
    return [Order(**row) for row in rows]


async def end(tx: Tx, order_ids: Sequence[str], status: Status, reason: str) -> None:
    """Moves open orders to a final status."""
    assert not MOVES[status], f"{status} is not final"
    await tx.execute(
        """update trade_order set status = $2, reason = $3, updated_at = $4
           where id = any($1) and status = any($5)""",
        list(order_ids), status, reason, tx.now, list(OPEN),
    )  # fmt: skip


async def settle(
    tx: Tx, moves: Sequence[tuple[str, Decimal, Decimal, Status, str | None]], at: datetime
) -> Mapping[str, str | None]:
    """Adds (order id, quantity filled, its worth, new status, reason) to open orders, in one statement.

    Returns the orders' signal ids by order id.
    """
    rows = await tx.fetch(
        """update trade_order o set filled_quantity = o.filled_quantity + d.quantity,
             filled_quote = o.filled_quote + d.worth, status = d.status, reason = d.reason, updated_at = $6
           from unnest($1::text[], $2::numeric[], $3::numeric[], $4::text[], $5::text[])
             as d(id, quantity, worth, status, reason)
           where o.id = d.id and o.status = any($7) returning o.id, o.signal_id""",
        *([move[i] for move in moves] for i in range(5)), at, list(OPEN),
    )  # fmt: skip
    assert len(rows) == len(moves), "a ticket was open whose order was not"
    return {row["id"]: row["signal_id"] for row in rows}


async def insert_fills(tx: Tx, fills: Sequence[Fill]) -> None:
    await tx.executemany(
        f"insert into fill ({_FILL}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        [
            (
                f.id, f.order_id, f.account_id, f.number, f.symbol, f.side, f.quantity, f.price, f.fee,
                f.fee_asset, f.liquidity, f.evidence, f.at,
            )
            for f in fills
        ],
    )  # fmt: skip


async def fills(
    tx: Tx,
    account_id: str,
    *,
    until: datetime | None = None,
    after: tuple[datetime, str, int] | None = None,
    limit: int | None = None,
) -> list[Fill]:
    """The account's fills in the order of the record: time, number, arrival of the order. At or before
    `until`; `after` is (at, order id, number) of the last one already seen."""
    at, order_id, number = after or (None, None, None)
    rows = await tx.fetch(
        f"""with mine as (select f.*, coalesce(t.sequence, o.number) as sequence
                          from fill f join trade_order o on o.id = f.order_id left join ticket t using (order_id)
                          where f.account_id = $1 and ($2::timestamptz is null or f.at <= $2)
                            and ($3::timestamptz is null or f.at >= $3))
            select {_FILL} from mine
            where $3::timestamptz is null
               or (at, number, sequence) > ($3, $5, (select coalesce(t.sequence, o.number) from trade_order o
                   left join ticket t on t.order_id = o.id where o.id = $4))
            order by at, number, sequence limit $6""",
        account_id, until, at, order_id, number, limit,
    )  # fmt: skip
    return [_fill(row) for row in rows]


async def fill_count(tx: Tx, account_id: str) -> int:
    """How many fills the account has had."""
    count: int = await tx.fetchval("select count(*) from fill where account_id = $1", account_id)
    return count


async def fill(tx: Tx, fill_id: str) -> Fill | None:
    row = await tx.fetchrow(f"select {_FILL} from fill where id = $1", fill_id)
    return _fill(row) if row else None


async def reserved(tx: Tx, account_id: str) -> list[Row]:
    """What the account's open tickets hold: symbol, side, group, remaining base units, budget."""
    return await tx.fetch(
        """select symbol, side, group_id, remaining, budget from ticket t where open and order_id in
             (select id from trade_order where account_id = $1 and status in ('accepted', 'partially_filled'))""",
        account_id,
    )  # fmt: skip


def _fill(row: Row) -> Fill:
    values: dict[str, Any] = dict(row)
    return Fill(**values)
