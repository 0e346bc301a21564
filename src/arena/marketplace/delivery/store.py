"""The one question delivery asks of the signal table itself: where a day begins in a feed's sequence."""

from datetime import datetime

from arena.kit.db import Tx


async def last_before(tx: Tx, feed_id: str, at: datetime) -> int:
    """The last sequence issued before `at`; 0 where there is none."""
    return int(
        await tx.fetchval(
            "select coalesce(max(sequence), 0) from signal where feed_id = $1 and issued_at < $2",
            feed_id,
            at,
        )
    )
