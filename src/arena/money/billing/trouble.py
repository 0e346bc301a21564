"""What is owed and does not go back: how often a payment's gateway refused it, when it is tried again, and by whom.

A refusal that may pass (too little on the gateway's balance) is waited out, longer each time; after the last wait an
operator decides: to try again, or to send the money himself. Times are wall clock: the gateway lives by it.
"""

from datetime import timedelta

from arena.kit.db import Tx

WAITS = (
    timedelta(hours=1), timedelta(hours=6), timedelta(days=1), timedelta(days=3), timedelta(days=7),
)  # fmt: skip


async def note_refused(tx: Tx, attempt_id: str, why: str) -> None:
    """One more refund of what is owed failed; its payment is let be until the next wait is over."""
    await tx.execute(
        """insert into refund_trouble (attempt_id, failures, failure, next_at)
           values ($1, 1, $2, clock_timestamp() + ($3::interval[])[1])
           on conflict (attempt_id) do update set failures = least(refund_trouble.failures + 1, 1000), failure = $2,
             next_at = clock_timestamp() + ($3::interval[])[refund_trouble.failures + 1]""",
        attempt_id, why, list(WAITS),
    )  # fmt: skip


async def note_arrived(tx: Tx, attempt_id: str) -> None:
    await tx.execute("delete from refund_trouble where attempt_id = $1", attempt_id)


async def try_again(tx: Tx, attempt_id: str) -> bool:
    """The next run asks the gateway once more; False where it is no trouble. Failures go on being counted, so that
    one more brings it back to whoever decided."""
    moved = await tx.fetchval(
        """update refund_trouble set next_at = clock_timestamp() where attempt_id = $1 returning attempt_id""",
        attempt_id,
    )
    return moved is not None
