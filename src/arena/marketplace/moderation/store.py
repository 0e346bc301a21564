"""Moderation table <-> model."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from arena.kit.db import Row, Tx
from arena.marketplace.moderation.model import SEEN, Case, Changed, State, Submitted, Waiting

# Cases of one listing, newest first, also where the tape stood still between them.
_NEWEST = "submitted_at desc, (state = 'open') desc, decided_at desc, version desc, id desc"
# Who is paid for listing l, by name.
_CREATOR = """coalesce((select name from person where id = l.creator_id),
    (select name from collective where id = l.creator_id), l.creator_id)"""
# Listings l on the market at version v, approved at an older version a, of which s is the newest looked at ($1).
_CHANGED = """listing l
  join listing_version v on v.listing_id = l.id and v.version = l.version
  join lateral (select max(version) as version from moderation_case
                 where listing_id = l.id and state = 'approved') a on a.version < l.version
  join lateral (select coalesce(max((detail->>'version')::int), 0) as version from audit_event
                 where object = l.id and action = $1) s on s.version < l.version
  where l.status in ('listed', 'paused')"""


async def insert(
    tx: Tx, case_id: str, *, listing: tuple[str, int], gates: Sequence[dict[str, Any]], by: str
) -> None:
    """`listing` is its id and version."""
    await tx.execute(
        """insert into moderation_case (id, listing_id, version, state, gates, submitted_by, submitted_at)
           values ($1, $2, $3, 'open', $4, $5, $6)""",
        case_id, *listing, list(gates), by, tx.now,
    )  # fmt: skip


async def by_id(tx: Tx, case_id: str, *, lock: bool = False) -> Case | None:
    row = await tx.fetchrow(
        "select * from moderation_case where id = $1" + (" for update" if lock else ""), case_id
    )
    return None if row is None else _case(row)


async def newest(tx: Tx, listing_id: str) -> Case | None:
    row = await tx.fetchrow(
        f"select * from moderation_case where listing_id = $1 order by {_NEWEST} limit 1",
        listing_id,
    )
    return None if row is None else _case(row)


async def count(tx: Tx, listing_id: str) -> int:
    number: int = await tx.fetchval(
        "select count(*) from moderation_case where listing_id = $1", listing_id
    )
    return number


async def page(
    tx: Tx, state: State, *, after: tuple[datetime, str] | None, limit: int
) -> list[Case]:
    """Oldest first."""
    at, last_id = after or (None, "")
    rows = await tx.fetch(
        """select * from moderation_case where state = $1
             and ($2::timestamptz is null or (submitted_at, id) > ($2, $3))
           order by submitted_at, id limit $4""",
        state, at, last_id, limit,
    )  # fmt: skip
    return [_case(row) for row in rows]


async def of_listing(tx: Tx, listing_id: str) -> list[Case]:
    """Newest first."""
    rows = await tx.fetch(
        f"select * from moderation_case where listing_id = $1 order by {_NEWEST} limit 100",
        listing_id,
    )
    return [_case(row) for row in rows]


async def queue(
    tx: Tx, state: State, *, after: tuple[datetime, str] | None, limit: int
) -> list[Submitted]:
    """Oldest first."""
    at, last_id = after or (None, "")
    rows = await tx.fetch(
        f"""select m.*, l.instrument, l.creator_id, v.body->>'title' as title, {_CREATOR} as creator,
             (select count(*) from moderation_case e where e.listing_id = m.listing_id and e.id <> m.id
                and (m.state = 'open' or e.submitted_at < m.submitted_at)) as earlier
           from moderation_case m join listing l on l.id = m.listing_id
             join listing_version v on v.listing_id = m.listing_id and v.version = m.version
           where m.state = $1 and ($2::timestamptz is null or (m.submitted_at, m.id) > ($2, $3))
           order by m.submitted_at, m.id limit $4""",
        state, at, last_id, limit,
    )  # fmt: skip
    return [
        Submitted(
            _case(row), row["title"], row["instrument"], row["creator_id"], row["creator"],
            row["earlier"],
        )
        for row in rows
    ]  # fmt: skip


async def waiting(tx: Tx) -> Waiting:
    row = await tx.one(
        f"""select o.cases, o.oldest_at, c.changed, c.changed_at
            from (select count(*) as cases, min(submitted_at) as oldest_at
                    from moderation_case where state = 'open') o,
                 (select count(*) as changed, min(v.at) as changed_at from {_CHANGED}) c""",
        SEEN,
    )
    return Waiting(row["cases"], row["oldest_at"], row["changed"], row["changed_at"])


async def changed(tx: Tx, *, limit: int) -> list[Changed]:
    rows = await tx.fetch(
        f"""select l.id as listing_id, l.title, l.status, l.creator_id, {_CREATOR} as creator, l.version,
              greatest(a.version, s.version) as reviewed, v.at as changed_at
            from {_CHANGED} order by v.at, l.id limit $2""",
        SEEN,
        limit,
    )
    return [Changed(**dict(row)) for row in rows]


async def seen_version(tx: Tx, listing_id: str) -> int:
    """The newest version that was approved or looked at; 0 where none was."""
    version: int = await tx.fetchval(
        """select greatest(
             coalesce((select max(version) from moderation_case
                        where listing_id = $1 and state = 'approved'), 0),
             coalesce((select max((detail->>'version')::int) from audit_event
                        where object = $1 and action = $2), 0))""",
        listing_id,
        SEEN,
    )
    return version


async def decide(tx: Tx, case_id: str, *, state: State, by: str, reason: str) -> None:
    await tx.execute(
        "update moderation_case set state = $2, decided_by = $3, decided_at = $4, reason = $5 where id = $1",
        case_id, state, by, tx.now, reason,
    )  # fmt: skip


def _case(row: Row) -> Case:
    return Case(
        row["id"], row["listing_id"], row["version"], row["state"], row["gates"], row["submitted_by"],
        row["submitted_at"], row["decided_by"], row["decided_at"], row["reason"],
    )  # fmt: skip
