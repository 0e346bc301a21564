"""Curves read back from the marks in the database."""

from collections.abc import Sequence
from datetime import datetime

from arena.kit.db import Row, Tx
from arena.trading.performance.model import Mark, Sieve


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


# A line of the board needs these; `accounts_before` counts what the owner had opened of the kind before.
_ENTRANT = """select a.id, a.kind, a.owner_id, a.venue, a.opened_at, a.opening_cash,
    case when a.closed_at <= $1 then a.closed_at end as closed_at,
    (select count(*) from account b where b.owner_id = a.owner_id and b.kind = a.kind
       and (b.opened_at, b.id) < (a.opened_at, a.id)) as accounts_before from account a"""
Since = Sequence[
    tuple[str, datetime, float]
]  # account, up to when it is known, its peak until then


async def competitors(
    tx: Tx, as_of: datetime, sieve: Sieve, *, since: datetime | None = None
) -> list[Row]:
    """Reference and collective accounts that pass the sieve and were open then; those closed after `since`, too."""
    return await tx.fetch(
        f"""{_ENTRANT} where a.kind in ('reference', 'collective') and a.opened_at <= $1
            and (a.closed_at is null or a.closed_at > coalesce($2, $1))
            and ($3 = 'all' or (a.venue = 'paper') = ($3 = 'paper'))
            and ($4::text is null or (
              exists (select from position p where p.account_id = a.id and p.symbol = $4)
              and exists (select from fill f where f.account_id = a.id and f.symbol = $4 and f.at <= $1
                and ($2::timestamptz is null or f.at > $2))))
            order by a.id""",
        as_of, since, sieve.venue, sieve.symbol,
    )  # fmt: skip


async def entrants(tx: Tx, account_ids: Sequence[str], as_of: datetime) -> list[Row]:
    """Of these accounts those that were open by then, closed ones included."""
    return await tx.fetch(
        f"{_ENTRANT} where a.id = any($2::text[]) and a.opened_at <= $1 order by a.id",
        as_of, list(account_ids),
    )  # fmt: skip


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


async def whereabouts(tx: Tx) -> tuple[str, datetime]:
    """Which database this is, and the last UTC midnight up to which bars are in: a live clock runs ahead of
    them."""
    row = await tx.one("select current_database() as name, (select at from product_clock) as at")
    until: datetime = row["at"] or tx.now
    return row["name"], until.replace(hour=0, minute=0, second=0, microsecond=0)
