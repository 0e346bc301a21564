"""Prunes what has served its time: nonces, idempotency keys, sessions, reset links. The worker calls it at times."""

from datetime import timedelta

from arena.kit.clock import wall_now
from arena.kit.db import Database

IDEMPOTENCY_HOURS = 48
BATCH = 5_000


async def prune(db: Database) -> dict[str, int]:
    """Deletes expired rows in short transactions; how many of each kind went. All on the wall clock."""
    now = wall_now()
    stale = {
        "signature_nonce": ("expires_at", now),
        "session": ("expires_at", now),
        "password_reset": ("expires_at", now),
        "idempotency": ("at", now - timedelta(hours=IDEMPOTENCY_HOURS)),
    }
    pruned = dict.fromkeys(stale, 0)
    for table, (column, before) in stale.items():
        while True:
            async with db.transaction() as tx:
                count = await tx.execute(
                    f"""delete from {table} where ctid = any(array(
                          select ctid from {table} where {column} < $1 limit {BATCH}))""",
                    before,
                )
            pruned[table] += count
            if count < BATCH:
                break
    return pruned
