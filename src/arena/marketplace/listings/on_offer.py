"""Which listings are on offer, for whoever wants to name them all."""

from datetime import datetime

from arena.kit.db import Tx


async def on_offer(tx: Tx, *, limit: int) -> list[tuple[str, datetime]]:
    """Ids with the product time of their last change, newest change first."""
    rows = await tx.fetch(
        "select id, updated_at from listing where status = 'listed' order by updated_at desc, id limit $1",
        limit,
    )
    return [(row["id"], row["updated_at"]) for row in rows]
