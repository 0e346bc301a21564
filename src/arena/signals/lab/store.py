"""The table of model documents."""

from collections.abc import Mapping
from typing import Any

from arena.kit.db import Row, Tx
from arena.signals.lab.model import Document, DocumentKind


async def insert(tx: Tx, sha: str, kind: DocumentKind, body: dict[str, Any]) -> bool:
    """False where the document was there before."""
    count = await tx.execute(
        "insert into model_document (sha, kind, body, at) values ($1, $2, $3, $4) on conflict do nothing",
        sha, kind, body, tx.now,
    )  # fmt: skip
    return count == 1


async def insert_many(tx: Tx, kind: DocumentKind, canonical: Mapping[str, bytes]) -> set[str]:
    """Those that were not there before, by their hash."""
    rows = await tx.fetch(
        """insert into model_document (sha, kind, body, at)
           select d.sha, $1, d.body::jsonb, $2 from unnest($3::text[], $4::text[]) as d(sha, body) order by d.sha
           on conflict do nothing returning sha""",
        kind, tx.now, list(canonical), [text.decode() for text in canonical.values()],
    )  # fmt: skip
    return {row["sha"] for row in rows}


async def by_sha(tx: Tx, sha: str) -> Document | None:
    row = await tx.fetchrow("select sha, kind, body, at from model_document where sha = $1", sha)
    return _document(row) if row else None


async def kinds(tx: Tx, shas: list[str]) -> dict[str, DocumentKind]:
    rows = await tx.fetch("select sha, kind from model_document where sha = any($1::text[])", shas)
    return {row["sha"]: row["kind"] for row in rows}


def _document(row: Row) -> Document:
    return Document(sha=row["sha"], kind=row["kind"], body=row["body"], at=row["at"])
