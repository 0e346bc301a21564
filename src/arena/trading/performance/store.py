"""Marks in the database: all accounts marked by one statement, curves read back."""

from collections.abc import Sequence
from datetime import datetime

from arena.kit.db import Row, Tx
from arena.trading.performance.model import Mark


async def insert_marks(tx: Tx, at: datetime) -> int:
    """Marks every open account at the last closes; one index probe an instrument finds those."""
    return await tx.execute(
        """with last as materialized (
             select i.symbol, c.close from instrument i cross join lateral
               (select close from candle where symbol = i.symbol and open_at < $1
                order by open_at desc limit 1) c),
           worth as (
             select p.account_id, sum(p.quantity * l.close) as value
             from position p join last l using (symbol) where p.quantity > 0 group by p.account_id)
           insert into equity_mark (account_id, at, equity, cash, exposure)
           select a.id, $1, b.quantity + coalesce(w.value, 0), b.quantity, coalesce(w.value, 0)
           from account a join balance b on b.account_id = a.id and b.asset = a.quote
             left join worth w on w.account_id = a.id
           where a.closed_at is null and a.opened_at <= $1 order by a.id
           on conflict (account_id, at) do nothing""",
        at,
    )


async def marks(
    tx: Tx,
    account_id: str,
    *,
    until: datetime | None,
    since: datetime | None = None,
    limit: int | None = None,
) -> list[Mark]:
    """The account's marks from `since` to `until`, both included, oldest first; at most `limit`."""
    rows = await tx.fetch(
        """select at, equity, cash, exposure from equity_mark
           where account_id = $1 and at <= coalesce($2::timestamptz, 'infinity')
             and at >= coalesce($3::timestamptz, '-infinity')
           order by at limit $4""",
        account_id, until, since, limit,
    )  # fmt: skip
    return [Mark(*row) for row in rows]


async def last_mark_at(
    tx: Tx, account_id: str, *, until: datetime | None
) -> tuple[str, datetime | None]:
    """Which database this is, and when the account's last mark at or before `until` was made."""
    row = await tx.one(
        """select current_database() as name,
             (select max(at) from equity_mark where account_id = $1
                and at <= coalesce($2::timestamptz, 'infinity')) as at""",
        account_id, until,
    )  # fmt: skip
    return row["name"], row["at"]


async def thinned(tx: Tx, account_id: str, *, until: datetime | None, points: int) -> list[Mark]:
    """About `points` marks spread evenly over the curve, the last one always among them, oldest first."""
    rows = await tx.fetch(
        """select at, equity, cash, exposure from
             (select *, row_number() over (order by at desc) - 1 as back, count(*) over () as many
              from equity_mark where account_id = $1 and at <= coalesce($2::timestamptz, 'infinity')) m
           where back % greatest(1, ceil(many::numeric / $3)::bigint) = 0 order by at""",
        account_id, until, points,
    )  # fmt: skip
    return [Mark(*row) for row in rows]


async def at_midnights(tx: Tx, account_id: str, *, until: datetime) -> list[Mark]:
    """The last mark at or before each UTC midnight from the account's opening to `until`."""
    rows = await tx.fetch(
        """select d.at, m.equity, m.cash, m.exposure
           from account a cross join lateral generate_series(
               date_trunc('day', a.opened_at, 'UTC') + interval '1 day', $2, interval '1 day') d(at)
             cross join lateral (select equity, cash, exposure from equity_mark
               where account_id = a.id and at <= d.at order by at desc limit 1) m
           where a.id = $1 order by d.at""",
        account_id, until,
    )  # fmt: skip
    return [Mark(*row) for row in rows]


# The midnight at which a closed account's last day ends.
_LAST_MIDNIGHT = (
    "date_trunc('day', a.closed_at + interval '1 day' - interval '1 microsecond', 'UTC')"
)
_ENTRANT = "select id, kind, owner_id, opened_at, opening_cash from account a"
Since = Sequence[
    tuple[str, datetime, float]
]  # account, up to when it is known, its peak until then


async def competitors(tx: Tx, as_of: datetime) -> list[Row]:
    """Reference and collective accounts that were open then."""
    return await tx.fetch(
        f"""{_ENTRANT} where a.kind in ('reference', 'collective') and a.opened_at <= $1
            and (a.closed_at is null or a.closed_at > $1) order by a.id""",
        as_of,
    )


async def entrants(tx: Tx, account_ids: Sequence[str], as_of: datetime) -> list[Row]:
    """These accounts, closed ones included, as far as they were open by then."""
    return await tx.fetch(
        f"{_ENTRANT} where a.id = any($2::text[]) and a.opened_at <= $1 order by a.id",
        as_of, list(account_ids),
    )  # fmt: skip


async def new_midnights(
    tx: Tx, since: Since, as_of: datetime
) -> dict[str, tuple[datetime, list[float | None]]]:
    """By account: the first UTC midnight after it was known, and the equity there and at each one since; for
    one that was closed, to the end of that day. None before its first mark."""
    rows = await tx.fetch(
        f"""select a.id, d.first, array(
              select (select m.equity from equity_mark m where m.account_id = a.id and m.at <= d.at
                      order by m.at desc limit 1)::float8
              from generate_series(d.first, least($3, {_LAST_MIDNIGHT}), interval '1 day') d(at)) as equities
            from unnest($1::text[], $2::timestamptz[]) k(id, since) join account a on a.id = k.id
              cross join lateral (select date_trunc('day', k.since, 'UTC') + interval '1 day' as first) d""",
        [account_id for account_id, _, _ in since], [at for _, at, _ in since], as_of,
    )  # fmt: skip
    return {row["id"]: (row["first"], row["equities"]) for row in rows}


async def new_falls(tx: Tx, since: Since, as_of: datetime) -> dict[str, tuple[float, float]]:
    """By account with marks since it was known: its peak now, and the largest fall from a peak since then."""
    rows = await tx.fetch(
        """select id, max(peak) as peak, max(1 - equity / peak) as fall
           from (select k.id, m.equity::float8 as equity, greatest(k.peak,
                   max(m.equity::float8) over (partition by k.id order by m.at)) as peak
                 from unnest($1::text[], $2::timestamptz[], $3::float8[]) k(id, since, peak)
                   join equity_mark m on m.account_id = k.id and m.at > k.since and m.at <= $4) marks
           group by id""",
        *(list(column) for column in zip(*since, strict=True)), as_of,
    )  # fmt: skip
    return {row["id"]: (row["peak"], row["fall"]) for row in rows}


async def outlines(
    tx: Tx, account_ids: Sequence[str], until: datetime, points: int
) -> dict[str, list[float]]:
    """The equity of each account at up to `points` UTC midnights, evenly apart, the last one at or before
    `until` (or the end of a closed account's last day) among them; oldest first, after the opening cash."""
    rows = await tx.fetch(
        f"""select a.id, a.opening_cash::float8 as opening, array(
              select (select m.equity from equity_mark m where m.account_id = a.id and m.at <= d.at
                      order by m.at desc limit 1)::float8
              from generate_series(span.last, span.first, -gap.step) d(at)) as backwards
            from account a
            cross join lateral (select date_trunc('day', a.opened_at, 'UTC') + interval '1 day' as first,
              least($2, {_LAST_MIDNIGHT}) as last) span
            cross join lateral (select make_interval(days => greatest(1,
              ceil((extract(epoch from span.last - span.first) / 86400 + 1) / $3)::integer)) as step) gap
            where a.id = any($1::text[])""",
        list(account_ids), until, points,
    )  # fmt: skip
    return {
        row["id"]: [row["opening"], *(v for v in reversed(row["backwards"]) if v is not None)]
        for row in rows
    }


async def whereabouts(tx: Tx) -> tuple[str, datetime]:
    """Which database this is, and the last UTC midnight up to which bars are in: a live clock runs ahead of
    them."""
    row = await tx.one("select current_database() as name, (select at from product_clock) as at")
    until: datetime = row["at"] or tx.now
    return row["name"], until.replace(hour=0, minute=0, second=0, microsecond=0)
