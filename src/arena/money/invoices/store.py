"""Invoices <-> model, and their numbers."""

import json
from collections.abc import Sequence
from datetime import datetime

from arena.kit.db import Row, Tx
from arena.kit.money import Money
from arena.money.invoices.model import Invoice


async def next_number(tx: Tx, series: str) -> tuple[int, datetime]:
    """The series' next number, and the time it is given at: never before that of the number before it.

    Its row is locked until the transaction ends, so the number is given with the document or not at all.
    """
    row = await tx.one(
        """insert into invoice_series as s (name, last, last_at) values ($1, 1, $2)
           on conflict (name) do update set last = s.last + 1, last_at = greatest(s.last_at, excluded.last_at)
           returning last, last_at""",
        series, tx.now,
    )  # fmt: skip
    return row["last"], row["last_at"]


async def insert(tx: Tx, new: Invoice, document: bytes) -> None:
    await tx.execute(
        """insert into invoice (id, series, number, kind, credits, source, subject, person_id, total, currency,
             document, sha, at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)""",
        new.id, new.series, new.number, new.kind, new.credits, new.source, new.subject, new.person_id,
        new.total.minor, new.total.currency, document, new.sha, new.at,
    )  # fmt: skip


async def hold_source(tx: Tx, source: str) -> None:
    """Whoever else makes the document of this source waits until the transaction ends."""
    await tx.execute("select pg_advisory_xact_lock(hashtextextended($1, 0))", f"invoice:{source}")


async def of_source(tx: Tx, source: str) -> Invoice | None:
    row = await tx.fetchrow("select * from invoice where source = $1", source)
    return None if row is None else _invoice(row)


async def one(tx: Tx, invoice_id: str, *, lock: bool = False) -> Invoice | None:
    row = await tx.fetchrow("select * from invoice where id = $1", invoice_id)
    if row is not None and lock:
        await tx.execute(
            "select pg_advisory_xact_lock(hashtextextended($1, 0))", f"credits:{invoice_id}"
        )
    return None if row is None else _invoice(row)


async def credited(tx: Tx, invoice_id: str) -> int:
    """Minor units that credit notes have taken back."""
    total: int = await tx.fetchval(
        "select coalesce(sum(total), 0)::bigint from invoice where credits = $1", invoice_id
    )
    return total


async def credited_for_money(tx: Tx, invoice_ids: Sequence[str]) -> int:
    """Minor units that were credited because money went back: by refunds and disputes, not by corrections and
    write-offs."""
    total: int = await tx.fetchval(
        """select coalesce(sum(total), 0)::bigint from invoice
           where credits = any($1::text[]) and source ~ '^(ref|dsp)_'""",
        list(invoice_ids),
    )
    return total


async def credit_notes(tx: Tx, invoice_id: str) -> list[Invoice]:
    """Oldest first."""
    rows = await tx.fetch(
        "select * from invoice where credits = $1 order by place limit 500", invoice_id
    )
    return [_invoice(row) for row in rows]


async def page(
    tx: Tx,
    *,
    person_id: str | None = None,
    after: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 50,
) -> list[Invoice]:
    """Newest first; a person's, or everybody's. `since` and `until` are a half-open range of product time."""
    rows = await tx.fetch(
        """select * from invoice where ($1::text is null or person_id = $1) and ($2::bigint is null or place < $2)
             and ($3::timestamptz is null or at >= $3) and ($4::timestamptz is null or at < $4)
           order by place desc limit $5""",
        person_id, after, since, until, limit,
    )  # fmt: skip
    return [_invoice(row) for row in rows]


async def find(tx: Tx, needle: str, *, limit: int = 50) -> list[Invoice]:
    """Those with this number, id, source, or subject; newest first."""
    series, _, number = needle.upper().rpartition("-")
    rows = await tx.fetch(
        """select * from invoice where id = $1 or source = $1 or subject = $1 or person_id = $1
             or (series = $2 and number = $3) order by place desc limit $4""",
        needle, series, int(number) if number.isdigit() and len(number) < 9 else -1, limit,
    )  # fmt: skip
    return [_invoice(row) for row in rows]


def _invoice(row: Row) -> Invoice:
    return Invoice(
        row["id"], row["series"], row["number"], row["kind"], row["credits"], row["source"], row["subject"],
        row["person_id"], Money(row["total"], row["currency"]), json.loads(row["document"]), row["sha"],
        row["at"], row["place"],
    )  # fmt: skip
