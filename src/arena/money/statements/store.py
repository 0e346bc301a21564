"""Statements <-> model, and whose months are not closed yet."""

import json
from datetime import date

from arena.kit.db import Row, Tx
from arena.money.statements.model import Statement


async def open_creators(tx: Tx, until: date) -> list[tuple[str, date]]:
    """Creators with the first of their months that is not closed and begins before `until`; in the order of ids."""
    rows = await tx.fetch(
        """with begun as (
             select split_part(a.code, ':', 2) as creator, min(f.first) as first from ledger_account a
             cross join lateral (select (date_trunc('month', j.at at time zone 'UTC'))::date as first
               from entry e join journal j on j.id = e.journal_id
               where e.account_id = a.id and e.phase in ('posted', 'post') order by e.id limit 1) f
             where starts_with(a.code, 'creator:') group by 1)
           select b.creator, coalesce((s.month + interval '1 month')::date, b.first) as month from begun b
           left join lateral (select month from creator_statement where creator_id = b.creator
             order by month desc limit 1) s on true
           where coalesce((s.month + interval '1 month')::date, b.first) < $1 order by b.creator""",
        until,
    )
    return [(row["creator"], row["month"]) for row in rows]


async def lock(tx: Tx, creator_id: str) -> None:
    await tx.execute(
        "select pg_advisory_xact_lock(hashtextextended($1, 0))", f"statement:{creator_id}"
    )


async def insert(tx: Tx, new: Statement, document: bytes) -> None:
    await tx.execute(
        """insert into creator_statement (id, creator_id, month, document, sha, log_index, at)
           values ($1, $2, $3, $4, $5, $6, $7)""",
        new.id, new.creator_id, new.month, document, new.sha, new.log_index, new.at,
    )  # fmt: skip


async def last(tx: Tx, creator_id: str) -> Statement | None:
    row = await tx.fetchrow(
        "select * from creator_statement where creator_id = $1 order by month desc limit 1",
        creator_id,
    )
    return None if row is None else _statement(row)


async def of_month(tx: Tx, creator_id: str, month: date) -> Statement | None:
    row = await tx.fetchrow(
        "select * from creator_statement where creator_id = $1 and month = $2", creator_id, month
    )
    return None if row is None else _statement(row)


async def between(tx: Tx, creator_id: str, since: date, until: date, limit: int) -> list[Statement]:
    """Months in [since, until), newest first."""
    rows = await tx.fetch(
        """select * from creator_statement where creator_id = $1 and month >= $2 and month < $3
           order by month desc limit $4""",
        creator_id, since, until, limit,
    )  # fmt: skip
    return [_statement(row) for row in rows]


def _statement(row: Row) -> Statement:
    return Statement(
        row["id"], row["creator_id"], row["month"], json.loads(row["document"]), row["sha"],
        row["log_index"], row["at"],
    )  # fmt: skip
