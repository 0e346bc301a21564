"""Where a collective's keys were recovered its exchange keys end with the others: a stranger may have them."""

from arena.kit.db import Tx
from arena.people import identity
from arena.trading.venues.dialects.binance.exchange_keys import revoke_exchange_key


async def end_exchange_keys(tx: Tx, fact: identity.KeyRecoveryEnded) -> None:
    """Those made before the new key was bound; nothing where the recovery was stopped."""
    found = await identity.recovery(tx, fact.recovery_id)
    if found.status is not identity.RecoveryStatus.BOUND:
        return
    rows = await tx.fetch(
        """select id from exchange_key where collective_id = $1 and revoked_at is null and at <= $2
           order by at, id""",
        found.collective_id, found.ended_at,
    )  # fmt: skip
    for row in rows:
        await revoke_exchange_key(tx, found.collective_id, row["id"], by="system")
