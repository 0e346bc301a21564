"""Proofs and roots from the stored nodes: two short queries each, whatever the log's size."""

from collections.abc import Sequence

from arena.evidence.log.model import Leaf, NotInLog
from arena.evidence.log.tree import (
    Node,
    Range,
    consistency_ranges,
    fold,
    inclusion_ranges,
    perfect_parts,
)
from arena.kit.db import Tx


async def size_of(tx: Tx) -> int:
    """How many entries the log holds."""
    size: int = await tx.fetchval("select size from log_head")
    return size


async def root_at(tx: Tx, size: int) -> bytes:
    """The root over the first `size` entries. Raises NotInLog beyond the log's end."""
    [root] = await _roots(tx, [(0, size)], size)
    return root


async def inclusion_proof(tx: Tx, index: int, size: int) -> list[bytes]:
    """The audit path of entry `index` in the tree of `size` entries. Raises NotInLog."""
    if not 0 <= index < size:
        raise NotInLog(size=await size_of(tx), index=max(index, size))
    return await _roots(tx, inclusion_ranges(index, size), size)


async def consistency_proof(tx: Tx, old: int, new: int) -> list[bytes]:
    """The proof that the first `old` of `new` entries are unchanged; empty for 0 and for equal sizes.

    Raises NotInLog where old > new or new is beyond the log's end.
    """
    if not 0 <= old <= new:
        raise NotInLog(size=await size_of(tx), index=old)
    return await _roots(tx, consistency_ranges(old, new) if 0 < old < new else [], new)


async def leaf(tx: Tx, index: int) -> Leaf:
    """The entry at `index`. Raises NotInLog."""
    row = await tx.fetchrow(
        "select index, kind, reference, entry, at from log_leaf where index = $1", index
    )
    if row is None:
        raise NotInLog(size=await size_of(tx), index=index)
    return Leaf(**dict(row))


async def _roots(tx: Tx, ranges: Sequence[Range], size: int) -> list[bytes]:
    stored = await size_of(tx)
    if size > stored:
        raise NotInLog(size=stored, index=size)
    parts = [perfect_parts(low, high) for low, high in ranges]
    nodes = [node for part in parts for node in part]
    rows = await tx.fetch(
        """select n.level, n.index, n.hash from log_node n
           join unnest($1::smallint[], $2::bigint[]) as w(level, index)
             on n.level = w.level and n.index = w.index""",
        [level for level, _ in nodes],
        [index for _, index in nodes],
    )
    hashes: dict[Node, bytes] = {(row["level"], row["index"]): row["hash"] for row in rows}
    return [fold([hashes[node] for node in part]) for part in parts]
