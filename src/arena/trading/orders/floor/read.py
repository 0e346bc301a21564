"""Orders, fills and events of the floor as the database has them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from arena.kit.db import Row, Tx
from arena.trading.venues import Fill, OrderRef, OrderRequest, UserEvent, VenueOrder

_ORDER = """o.id, o.account_id, o.client_order_id, o.symbol, o.side, o.type, o.quantity, o.limit_price, o.stop_price,
    o.status, o.filled_quantity, o.filled_quote, o.reason, o.placed_at, o.updated_at, o.number, o.quote_quantity,
    o.trailing_bps, o.time_in_force, o.self_match, o.expires_at, o.working, o.working_at, o.list_number, o.cancel_id,
    l.client_order_id as list_client_order_id"""
_FROM = "from trade_order o left join order_list l on l.number = o.list_number"
_FILL = """f.id, f.order_id, f.account_id, f.number, f.symbol, f.side, f.quantity, f.price, f.fee, f.fee_asset,
    f.liquidity, f.evidence, f.at, f.trade_number"""


async def order(tx: Tx, account_id: str, which: OrderRef) -> VenueOrder | None:
    """With all its fills."""
    row = await tx.fetchrow(
        f"""select {_ORDER} {_FROM} where o.account_id = $1 and o.symbol = $2 and o.number is not null
              and ($3::bigint is null or o.number = $3) and ($4::text is null or o.client_order_id = $4)""",
        account_id, which.symbol, which.number, which.client_order_id,
    )  # fmt: skip
    return None if row is None else order_of(row, await _fills_of(tx, row["id"]))


async def order_by_id(tx: Tx, order_id: str) -> VenueOrder | None:
    row = await tx.fetchrow(f"select {_ORDER} {_FROM} where o.id = $1", order_id)
    return None if row is None else order_of(row, await _fills_of(tx, row["id"]))


async def id_of(tx: Tx, account_id: str, client_order_id: str) -> str | None:
    found: str | None = await tx.fetchval(
        "select id from trade_order where account_id = $1 and client_order_id = $2",
        account_id, client_order_id,
    )  # fmt: skip
    return found


async def list_orders(
    tx: Tx, account_id: str, number: int | None, client_order_id: str | None
) -> list[VenueOrder]:
    """The two orders of a list."""
    rows = await tx.fetch(
        f"""select {_ORDER} {_FROM} where l.account_id = $1 and ($2::bigint is null or l.number = $2)
              and ($3::text is null or l.client_order_id = $3) order by o.number""",
        account_id, number, client_order_id,
    )  # fmt: skip
    return [order_of(row) for row in rows]


async def orders(
    tx: Tx,
    account_id: str,
    symbol: str,
    *,
    from_number: int | None,
    span: tuple[datetime | None, datetime | None],
    limit: int,
) -> list[VenueOrder]:
    """By number: the first `limit` from a number or a time on, else the last `limit`."""
    since, until = span
    forward = from_number is not None or since is not None
    rows = await tx.fetch(
        f"""select * from (select {_ORDER} {_FROM} where o.account_id = $1 and o.symbol = $2 and o.number is not null
              and ($3::bigint is null or o.number >= $3) and ($4::timestamptz is null or o.placed_at >= $4)
              and ($5::timestamptz is null or o.placed_at <= $5)
            order by o.number {"asc" if forward else "desc"} limit $6) found order by number""",
        account_id, symbol, from_number, since, until, limit,
    )  # fmt: skip
    return [order_of(row) for row in rows]


async def fills(
    tx: Tx,
    account_id: str,
    symbol: str,
    *,
    order_number: int | None,
    from_trade: int | None,
    span: tuple[datetime | None, datetime | None],
    limit: int,
) -> list[tuple[int, Fill]]:
    """(order number, fill) by trade number; the first `limit` from a trade or a time on, else the last `limit`."""
    since, until = span
    forward = from_trade is not None or since is not None
    rows = await tx.fetch(
        f"""select * from (select o.number as order_number, {_FILL} from fill f join trade_order o on o.id = f.order_id
            where f.account_id = $1 and f.symbol = $2 and f.trade_number > 0
              and ($3::bigint is null or o.number = $3) and ($4::bigint is null or f.trade_number >= $4)
              and ($5::timestamptz is null or f.at >= $5) and ($6::timestamptz is null or f.at <= $6)
            order by f.trade_number {"asc" if forward else "desc"} limit $7) found order by trade_number""",
        account_id, symbol, order_number, from_trade, since, until, limit,
    )  # fmt: skip
    return [(row["order_number"], _fill(row)) for row in rows]


async def events(tx: Tx, account_id: str, after: int, limit: int) -> list[UserEvent]:
    """The account's events from the one after this number on; none where there are no more."""
    rows = await tx.fetch(
        """select body::text as body from account_event where account_id = $1 and number > $2
           order by number limit $3""",
        account_id, after, limit,
    )  # fmt: skip
    return [e for row in rows for e in _decode(row["body"]) if e.number > after]


def order_of(row: Row, fills: Sequence[Fill] = ()) -> VenueOrder:
    request = OrderRequest(
        client_order_id=row["client_order_id"],
        symbol=row["symbol"],
        side=row["side"],
        type=row["type"],
        quantity=None if row["quote_quantity"] is not None else row["quantity"],
        quote_quantity=row["quote_quantity"],
        limit_price=row["limit_price"],
        stop_price=row["stop_price"],
        trailing_bps=row["trailing_bps"],
        time_in_force=row["time_in_force"],
        self_match=row["self_match"],
        expires_at=row["expires_at"],
    )
    return VenueOrder(
        id=row["id"],
        account_id=row["account_id"],
        number=row["number"],
        request=request,
        status=row["status"],
        placed_at=row["placed_at"],
        updated_at=row["updated_at"],
        filled_quantity=row["filled_quantity"],
        filled_quote=row["filled_quote"],
        working=row["working"],
        working_at=row["working_at"],
        list_number=row["list_number"],
        list_client_order_id=row["list_client_order_id"],
        cancel_id=row["cancel_id"],
        reason=row["reason"],
        fills=tuple(fills),
    )


async def _fills_of(tx: Tx, order_id: str) -> list[Fill]:
    rows = await tx.fetch(
        f"select {_FILL} from fill f where order_id = $1 order by number", order_id
    )
    return [_fill(row) for row in rows]


def _fill(row: Row) -> Fill:
    values: dict[str, Any] = dict(row)
    values.pop("order_number", None)
    return Fill(**values)


_decode = msgspec.json.Decoder(list[UserEvent]).decode
