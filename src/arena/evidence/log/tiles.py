"""Tiles of hashes and of entries, as c2sp.org/tlog-tiles lays them out: 256 wide, immutable."""

from arena.evidence.log.model import ENTRY_BYTES_MAX
from arena.kit.db import Tx

WIDTH = 256


async def tile(tx: Tx, level: int, index: int, width: int = WIDTH) -> bytes | None:
    """`width` hashes, one after the other, of the tree's level 8 * `level`; None where not all are there."""
    rows = await tx.fetch(
        "select hash from log_node where level = $1 and index >= $2 and index < $3 order by index",
        8 * level,
        index * WIDTH,
        index * WIDTH + width,
    )
    return b"".join(row["hash"] for row in rows) if len(rows) == width else None


async def entries_tile(tx: Tx, index: int, width: int = WIDTH) -> bytes | None:
    """`width` entries, each after its length in 16 bits big-endian; None where not all are there."""
    rows = await tx.fetch(
        "select entry from log_leaf where index >= $1 and index < $2 order by index",
        index * WIDTH,
        index * WIDTH + width,
    )
    if len(rows) != width:
        return None
    assert all(len(row["entry"]) <= ENTRY_BYTES_MAX for row in rows)
    return b"".join(len(row["entry"]).to_bytes(2, "big") + row["entry"] for row in rows)
