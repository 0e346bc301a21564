"""Days of records in the database: the marks of each UTC day summed up, kept at midnight, read back by the thousand.

A day's level is the equity at its last mark with deposits and withdrawals taken out, as `flows.py` has it; without
flows levels are equity.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arena.kit.db import Database, Row, Tx
from arena.trading.performance.flows import stretches
from arena.trading.performance.returns import Floats
from arena.trading.portfolio import flows_of

Numbers = NDArray[np.int64]
_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AT_ONCE = 500  # accounts summed up by one statement; the first time there may be years of marks


@dataclass(frozen=True, slots=True)
class Days:
    """Days of one account that had marks, oldest first. `number` is the midnight that ends the day, in days since
    1970; `level`, `high` and `low` in quote units, `fall` a fraction."""

    number: Numbers
    level: Floats
    high: Floats
    low: Floats
    fall: Floats


def number_of(midnight: datetime) -> int:
    """Days since 1970, downwards where it is no midnight."""
    return (midnight - _EPOCH) // _DAY


def midnight_of(number: int) -> datetime:
    return _EPOCH + number * _DAY


# Days after the last one kept, up to $2. `scaled` are the stretches between flows; most accounts have none.
_SUMMED = """
    with whose as materialized (
      select a.id, coalesce((select max(d.at) from equity_day d where d.account_id = a.id), a.opened_at) as since
      from account a where a.id = any($1::text[])),
    scaled as materialized (
      select * from unnest($3::text[], $4::timestamptz[], $5::float8[], $6::float8[]) s(id, since, factor, rest)),
    marks as (
      select w.id, m.at, date_trunc('day', m.at - interval '1 microsecond', 'UTC') + interval '1 day' as day,
        case when cardinality($3::text[]) = 0 then m.equity::float8 else coalesce(
          (select m.equity::float8 * s.factor + s.rest from scaled s
           where s.id = w.id and s.since < m.at order by s.since desc limit 1), m.equity::float8) end as level
      from whose w join equity_mark m on m.account_id = w.id and m.at > w.since and m.at <= $2),
    walked as (
      select id, day, at, level, max(level) over walk as peak, max(at) over (partition by id, day) as last
      from marks window walk as (partition by id, day order by at))
    select id, day, max(level) filter (where at = last) as level, max(level) as high, min(level) as low,
      coalesce(max(1 - level / nullif(peak, 0)), 0) as fall
    from walked group by id, day"""
_KEEP = f"""insert into equity_day (account_id, at, level, high, low, fall)
    {_SUMMED} on conflict (account_id, at) do nothing"""
# An account's days as one string of bytes, which numpy reads as they are: of ten thousand accounts there may be
# millions of numbers. Its parts in the order of _LAYOUT.
_LAYOUT = np.dtype([(name, ">i8" if name == "number" else ">f8") for name in Days.__slots__])
_PACKED = """string_agg(int8send(extract(epoch from at)::bigint / 86400) || float8send(level) || float8send(high)
    || float8send(low) || float8send(fall), ''::bytea) as packed"""
_KEPT = f"""select id, {_PACKED} from (
      select account_id as id, at, level, high, low, fall from equity_day
      where account_id = any($1::text[]) and at >= $2 and at <= $3 order by account_id, at) d group by id"""
# Nothing of an account before the span means that its first day within is its first at all.
_BEFORE = """select k.id, d.at, d.level from unnest($1::text[]) k(id) cross join lateral (
      select at, level from equity_day where account_id = k.id and at < $2 order by at desc limit 1) d"""
_FRESH = f"""select id, {_PACKED} from (
      select id, day as at, level, high, low, fall from ({_SUMMED}) d order by id, day) d group by id"""


async def keep_days(db: Database, until: datetime) -> int:
    """Sums up the days that ended by that midnight (UTC, product time); returns how many. Some hundred accounts a
    transaction; what is kept already is passed over."""
    until, count = midnight_of(number_of(until)), 0
    async with db.transaction(readonly=True) as tx:
        ids = [
            row["id"]
            for row in await tx.fetch(
                """select a.id from account a where a.opened_at < $1 and (a.closed_at is null or not exists
                     (select from equity_day d where d.account_id = a.id and d.at >= a.closed_at)) order by a.id""",
                until,
            )
        ]
    for start in range(0, len(ids), _AT_ONCE):
        async with db.transaction() as tx:
            some = ids[start : start + _AT_ONCE]
            count += await tx.execute(_KEEP, some, until, *await _scaled(tx, some))
    return count


async def days(
    tx: Tx, account_ids: Sequence[str], until: datetime, *, since: datetime | None = None
) -> dict[str, Days]:
    """Of each of these accounts with marks by that midnight: its days from `since` (a midnight) on, before them the
    last one before it; None: all. Days that are not kept yet are summed up from their marks."""
    ids = list(account_ids)
    kept = await tx.fetch(_KEPT, ids, since or _EPOCH, until)
    parts: dict[str, list[Days]] = {row["id"]: [_days(row)] for row in kept}
    fresh = []
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        fresh += await tx.fetch(_FRESH, some, until, *await _scaled(tx, some))
    for row in fresh:
        parts.setdefault(row["id"], []).append(_days(row))
    found = {i: _joined(several) for i, several in parts.items()}
    if since is None:
        return found
    return await _with_before(tx, found, ids, since)


async def _with_before(
    tx: Tx, found: dict[str, Days], ids: list[str], since: datetime
) -> dict[str, Days]:
    """The level that the span begins at goes before it."""
    first = number_of(since)
    late = [i for i in ids if i not in found or found[i].number[0] > first]
    for row in await tx.fetch(_BEFORE, late, since):
        number, level = number_of(row["at"]), row["level"]
        lead = Days(*(np.array([v]) for v in (number, level, level, level, 0.0)))
        found[row["id"]] = _joined([lead, found[row["id"]]] if row["id"] in found else [lead])
    return found


async def _scaled(tx: Tx, account_ids: Sequence[str]) -> tuple[list[Any], ...]:
    """Account, begin, factor and level of each stretch after a flow, as columns."""
    found = []
    for account_id, flows in groupby(
        await flows_of(tx, account_ids), key=lambda flow: flow.account_id
    ):
        later = stretches(flows)[1:]
        found += [(account_id, part.since, part.factor, part.level) for part in later]
    return tuple([row[column] for row in found] for column in range(4))


def _days(row: Row) -> Days:
    table = np.frombuffer(row["packed"], _LAYOUT)
    return Days(*(table[name].astype(_LAYOUT[name].newbyteorder("=")) for name in Days.__slots__))


def _joined(several: Sequence[Days]) -> Days:
    if len(several) == 1:
        return several[0]
    return Days(
        *(
            np.concatenate([getattr(part, name) for part in several])
            for name in ("number", "level", "high", "low", "fall")
        )
    )
