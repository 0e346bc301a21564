"""Live trading in the database: the switch, consent, keys, orders sent, differences."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from arena.kit.clock import from_iso, iso_ms
from arena.kit.db import Row, Tx
from arena.trading.orders.live.model import Difference, LiveOrder, Switch, VenueKey
from arena.trading.venues import OrderRequest

_KEY = "id, collective_id, account_id, venue, kind, hint, rights, added_at, revoked_at"
_DIFFERENCE = "id, account_id, venue, kind, subject, ours, theirs, at, ended_at, ended_by, note"
_ORDER = """o.id, o.account_id, l.venue, l.request, o.status, o.filled_quantity, o.filled_quote, l.venue_order_id,
    o.reason, l.written_at, l.settles_at, o.updated_at"""
_ORDERS = f"select {_ORDER} from live_order l join trade_order o on o.id = l.order_id"
_OPEN = "o.status in ('pending', 'unknown', 'accepted', 'partially_filled')"
_AMOUNTS = ("quantity", "quote_quantity", "limit_price", "stop_price")


async def switch(tx: Tx) -> Switch:
    row = await tx.fetchrow("select allowed, by, reason, at from live_switch")
    return Switch(**row) if row else Switch(False)


async def set_switch(tx: Tx, allowed: bool, by: str, reason: str) -> None:
    await tx.execute(
        """insert into live_switch (allowed, by, reason, at) values ($1, $2, $3, $4)
           on conflict (one) do update set allowed = $1, by = $2, reason = $3, at = $4""",
        allowed, by, reason, tx.now,
    )  # fmt: skip


async def agreed(tx: Tx, collective_id: str) -> bool:
    return bool(
        await tx.fetchval(
            "select true from live_consent where collective_id = $1 and withdrawn_at is null",
            collective_id,
        )
    )


async def set_consent(tx: Tx, collective_id: str, agreed: bool) -> bool:
    """Whether that changed anything."""
    if agreed:
        return bool(
            await tx.execute(
                """insert into live_consent (collective_id, agreed_at) values ($1, $2)
                   on conflict (collective_id) do update set agreed_at = $2, withdrawn_at = null
                     where live_consent.withdrawn_at is not null""",
                collective_id, tx.now,
            )
        )  # fmt: skip
    return bool(
        await tx.execute(
            "update live_consent set withdrawn_at = $2 where collective_id = $1 and withdrawn_at is null",
            collective_id, tx.now,
        )
    )  # fmt: skip


async def insert_key(tx: Tx, key: VenueKey, sealed: bytes) -> None:
    await tx.execute(
        """insert into venue_key (id, collective_id, account_id, venue, kind, hint, sealed, rights, added_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
        key.id, key.collective_id, key.account_id, key.venue, key.kind, key.hint, sealed, key.rights,
        key.added_at,
    )  # fmt: skip


async def keys(tx: Tx, collective_id: str) -> list[VenueKey]:
    rows = await tx.fetch(
        f"select {_KEY} from venue_key where collective_id = $1 order by added_at, id",
        collective_id,
    )
    return [VenueKey(**row) for row in rows]


async def key(tx: Tx, key_id: str) -> VenueKey | None:
    row = await tx.fetchrow(f"select {_KEY} from venue_key where id = $1", key_id)
    return VenueKey(**row) if row else None


async def sealed_key(tx: Tx, account_id: str) -> tuple[VenueKey, bytes] | None:
    """The key that is in use for the account, with its sealed secret."""
    row = await tx.fetchrow(
        f"select {_KEY}, sealed from venue_key where account_id = $1 and revoked_at is null",
        account_id,
    )
    if row is None:
        return None
    values: dict[str, Any] = dict(row)
    sealed: bytes = values.pop("sealed")
    return VenueKey(**values), sealed


async def revoke_keys(
    tx: Tx, account_id: str, at: datetime, why: str, *, key_id: str | None = None
) -> int:
    """Those in use for the account; their secrets go at once."""
    return await tx.execute(
        """update venue_key set revoked_at = $2, revoked_for = $3, sealed = '' where account_id = $1
             and revoked_at is null and ($4::text is null or id = $4)""",
        account_id, at, why, key_id,
    )  # fmt: skip


async def live_accounts(tx: Tx) -> list[str]:
    """Accounts with a key in use. Who has withdrawn sends nothing more, but what is open is followed to its end."""
    rows = await tx.fetch(
        "select account_id from venue_key where revoked_at is null order by account_id"
    )
    return [row["account_id"] for row in rows]


async def insert_order(tx: Tx, order: LiveOrder, *, quantity: Decimal, placed_at: datetime) -> None:
    """`quantity` in base units; of an order by worth 0 until it is known."""
    asked = order.request
    await tx.execute(
        """insert into trade_order (id, account_id, client_order_id, symbol, side, type, quantity, limit_price,
             stop_price, status, placed_at, updated_at, quote_quantity, trailing_bps, time_in_force, self_match)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12, $13, $14, $15)""",
        order.id, order.account_id, asked.client_order_id, asked.symbol, asked.side, asked.type, quantity,
        asked.limit_price, asked.stop_price, order.status, placed_at, asked.quote_quantity,
        asked.trailing_bps, asked.time_in_force, asked.self_match,
    )  # fmt: skip
    await tx.execute(
        """insert into live_order (order_id, account_id, venue, request, written_at, settles_at)
           values ($1, $2, $3, $4, $5, $6)""",
        order.id, order.account_id, order.venue, _packed(asked), order.written_at, order.settles_at,
    )  # fmt: skip


async def order(tx: Tx, order_id: str) -> LiveOrder | None:
    row = await tx.fetchrow(f"{_ORDERS} where o.id = $1", order_id)
    return _order(row) if row else None


async def open_orders(tx: Tx, account_id: str, *, symbol: str | None = None) -> list[LiveOrder]:
    rows = await tx.fetch(
        f"""{_ORDERS} where o.account_id = $1 and ($2::text is null or o.symbol = $2) and {_OPEN}
            order by l.written_at, o.id""",
        account_id, symbol,
    )  # fmt: skip
    return [_order(row) for row in rows]


async def pace(tx: Tx, account_id: str, at: datetime) -> tuple[int, int]:
    """Orders placed in the ten seconds and in the day (UTC) that `at` falls into."""
    ten = at.replace(second=at.second // 10 * 10, microsecond=0)
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    row = await tx.one(
        """select count(*) filter (where placed_at >= $2) as in_10s, count(*) as in_day from trade_order
           where account_id = $1 and placed_at >= $3""",
        account_id, ten, day,
    )  # fmt: skip
    return row["in_10s"], row["in_day"]


async def undecided(tx: Tx, sent_before: datetime) -> list[LiveOrder]:
    """Orders whose fate is unknown, and those that were written down before then and never heard of again."""
    rows = await tx.fetch(
        f"""{_ORDERS} where o.status = 'unknown' or (o.status = 'pending' and l.written_at < $1)
            order by l.written_at, o.id limit 1000""",
        sent_before,
    )
    return [_order(row) for row in rows]


async def known_venue_ids(tx: Tx, account_id: str, venue_ids: Sequence[str]) -> dict[str, str]:
    """Our order ids by the exchange's, of those that are ours."""
    rows = await tx.fetch(
        """select venue_order_id, order_id from live_order
           where account_id = $1 and venue_order_id = any($2::text[])""",
        account_id, list(venue_ids),
    )  # fmt: skip
    return {row["venue_order_id"]: row["order_id"] for row in rows}


async def ours(tx: Tx, order_ids: Sequence[str]) -> set[str]:
    rows = await tx.fetch(
        "select order_id from live_order where order_id = any($1::text[])", list(order_ids)
    )
    return {row["order_id"] for row in rows}


async def fill_ids(tx: Tx, order_id: str) -> set[str]:
    rows = await tx.fetch("select id from fill where order_id = $1", order_id)
    return {row["id"] for row in rows}


async def booked(tx: Tx, account_id: str, fill_ids: Sequence[str]) -> set[str]:
    rows = await tx.fetch(
        "select id from fill where account_id = $1 and id = any($2::text[])",
        account_id,
        list(fill_ids),
    )
    return {row["id"] for row in rows}


async def ordered_symbols(tx: Tx, account_id: str) -> set[str]:
    rows = await tx.fetch(
        "select distinct symbol from trade_order where account_id = $1", account_id
    )
    return {row["symbol"] for row in rows}


async def update_order(tx: Tx, order: LiveOrder, at: datetime) -> None:
    await tx.execute(
        """update trade_order set status = $2, filled_quantity = $3, filled_quote = $4, reason = $5, updated_at = $6,
             quantity = greatest(quantity, case when quote_quantity is null then quantity else $3 end)
           where id = $1""",
        order.id, order.status, order.filled_quantity, order.filled_quote, order.reason, at,
    )  # fmt: skip
    await tx.execute(
        "update live_order set venue_order_id = coalesce($2, venue_order_id) where order_id = $1",
        order.id, order.venue_order_id,
    )  # fmt: skip


async def note_asked(tx: Tx, order_id: str, at: datetime) -> None:
    await tx.execute(
        "update live_order set asked_at = $2, asked = asked + 1 where order_id = $1", order_id, at
    )


async def settle_later(tx: Tx, order_id: str, settles_at: datetime) -> None:
    await tx.execute(
        "update live_order set settles_at = $2 where order_id = $1", order_id, settles_at
    )


async def fills_since(tx: Tx, account_id: str) -> datetime | None:
    since: datetime | None = await tx.fetchval(
        "select fills_since from live_check where account_id = $1", account_id
    )
    return since


async def keep_check(
    tx: Tx, account_id: str, at: datetime, fills_since: datetime, outcome: str
) -> None:
    await tx.execute(
        """insert into live_check (account_id, compared_at, fills_since, outcome) values ($1, $2, $3, $4)
           on conflict (account_id) do update set compared_at = $2, fills_since = $3, outcome = $4""",
        account_id, at, fills_since, outcome,
    )  # fmt: skip


async def checks(tx: Tx, account_ids: Sequence[str]) -> dict[str, Row]:
    rows = await tx.fetch(
        "select account_id, compared_at, outcome from live_check where account_id = any($1::text[])",
        list(account_ids),
    )
    return {row["account_id"]: row for row in rows}


async def open_differences(tx: Tx, account_ids: Sequence[str] | None = None) -> list[Difference]:
    """The newest thousand; of all accounts where none are named."""
    rows = await tx.fetch(
        f"""select {_DIFFERENCE} from venue_difference
            where ended_at is null and ($1::text[] is null or account_id = any($1)) order by at desc, id limit 1000""",
        None if account_ids is None else list(account_ids),
    )
    return [Difference(**row) for row in rows]


async def differences(
    tx: Tx, *, before: tuple[datetime, str] | None, limit: int
) -> list[Difference]:
    """All there ever were, newest first; `before` is (at, id) of the last one already seen."""
    at, difference_id = before or (None, None)
    rows = await tx.fetch(
        f"""select {_DIFFERENCE} from venue_difference
            where $1::timestamptz is null or (at, id) < ($1, $2) order by at desc, id desc limit $3""",
        at, difference_id, limit,
    )  # fmt: skip
    return [Difference(**row) for row in rows]


async def difference(tx: Tx, difference_id: str) -> Difference | None:
    row = await tx.fetchrow(
        f"select {_DIFFERENCE} from venue_difference where id = $1 for update", difference_id
    )
    return Difference(**row) if row else None


async def insert_difference(tx: Tx, found: Difference) -> None:
    await tx.execute(
        f"insert into venue_difference ({_DIFFERENCE}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        found.id, found.account_id, found.venue, found.kind, found.subject, found.ours, found.theirs,
        found.at, found.ended_at, found.ended_by, found.note,
    )  # fmt: skip


async def move_difference(tx: Tx, difference_id: str, ours: str, theirs: str) -> None:
    await tx.execute(
        "update venue_difference set ours = $2, theirs = $3 where id = $1",
        difference_id,
        ours,
        theirs,
    )


async def end_difference(tx: Tx, difference_id: str, at: datetime, by: str, note: str) -> None:
    await tx.execute(
        "update venue_difference set ended_at = $2, ended_by = $3, note = $4 where id = $1",
        difference_id, at, by, note,
    )  # fmt: skip


async def keep_health(tx: Tx, name: str, at: datetime, document: dict[str, Any]) -> None:
    await tx.execute(
        """insert into venue_health (name, at, document) values ($1, $2, $3)
           on conflict (name) do update set at = $2, document = $3""",
        name, at, document,
    )  # fmt: skip


async def counts(tx: Tx) -> Row:
    """Accounts with a key in use, the oldest of their last comparisons, orders nobody knows of, open differences."""
    return await tx.one(
        """select count(*) as accounts, min(coalesce(c.compared_at, k.added_at)) as compared_at,
             (select count(*) from trade_order where status = 'unknown') as unknown_orders,
             (select count(*) from venue_difference where ended_at is null) as differences
           from venue_key k left join live_check c using (account_id) where k.revoked_at is null"""
    )


async def healths(tx: Tx) -> list[Row]:
    return await tx.fetch("select name, at, document from venue_health order by name")


def _packed(asked: OrderRequest) -> dict[str, Any]:
    packed: dict[str, Any] = {
        "client_order_id": asked.client_order_id, "symbol": asked.symbol, "side": asked.side,
        "type": asked.type, "trailing_bps": asked.trailing_bps, "time_in_force": asked.time_in_force,
        "self_match": asked.self_match,
        "expires_at": iso_ms(asked.expires_at) if asked.expires_at else None,
    }  # fmt: skip
    for name in _AMOUNTS:
        amount = getattr(asked, name)
        packed[name] = None if amount is None else format(amount, "f")
    return packed


def _order(row: Row) -> LiveOrder:
    values: dict[str, Any] = dict(row)
    packed = values.pop("request")
    for name in _AMOUNTS:
        if packed[name] is not None:
            packed[name] = Decimal(packed[name])
    if packed["expires_at"] is not None:
        packed["expires_at"] = from_iso(packed["expires_at"])
    return LiveOrder(request=OrderRequest(**packed), **values)
