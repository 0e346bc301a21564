"""Moderation table <-> model."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from arena.kit.db import Row, Tx
from arena.marketplace.moderation.model import Case, State


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
        "select * from moderation_case where listing_id = $1 order by submitted_at desc, id desc limit 1",
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
