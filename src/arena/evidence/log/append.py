"""Appends entries: lock the head, hash, and write leaves, nodes and the new head in one statement."""

from collections.abc import Sequence

import asyncpg

from arena.evidence.log.model import ENTRY_BYTES_MAX, AlreadyLogged, EntryTooLong, NewEntry
from arena.evidence.log.tree import grow, leaf_hash
from arena.kit.db import Tx

_WRITE = """
    with leaf as (
      insert into log_leaf (index, kind, reference, entry, at)
      select $1 + l.n - 1, l.kind, l.reference, l.entry, $2
      from unnest($3::text[], $4::text[], $5::bytea[]) with ordinality as l(kind, reference, entry, n)),
    node as (
      insert into log_node (level, index, hash)
      select * from unnest($6::smallint[], $7::bigint[], $8::bytea[]))
    update log_head set size = $1 + cardinality($3::text[]), frontier = $9"""


async def append(tx: Tx, *, kind: str, reference: str, entry: bytes) -> int:
    """Puts one entry at the log's end and returns its index.

    It locks the head until the transaction ends, so call it last. Raises AlreadyLogged where there
    is an entry of this kind and reference, EntryTooLong above 65,535 bytes.
    """
    [index] = await append_many(tx, [NewEntry(kind, reference, entry)])
    return index


async def append_many(tx: Tx, entries: Sequence[NewEntry]) -> list[int]:
    """Puts the entries at the log's end in their order and returns their indexes. Errors as `append`."""
    if not entries:
        return []
    for new in entries:
        if len(new.entry) > ENTRY_BYTES_MAX:
            raise EntryTooLong(length=len(new.entry))
    head = await tx.one("select size, frontier from log_head for update")
    size: int = head["size"]
    frontier: list[bytes] = list(head["frontier"])
    nodes = [
        node
        for offset, new in enumerate(entries)
        for node in grow(frontier, size + offset, leaf_hash(new.entry))
    ]
    try:
        await tx.execute(
            _WRITE, size, tx.now,
            [new.kind for new in entries], [new.reference for new in entries], [new.entry for new in entries],
            [level for (level, _), _ in nodes], [index for (_, index), _ in nodes], [h for _, h in nodes],
            frontier,
        )  # fmt: skip
    except asyncpg.UniqueViolationError as twice:
        if twice.constraint_name != "log_leaf_reference":
            raise
        raise AlreadyLogged(kind=entries[0].kind, reference=entries[0].reference) from twice
    return list(range(size, size + len(entries)))
