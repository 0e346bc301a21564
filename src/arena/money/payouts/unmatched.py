"""How much of what gateways and ledger say of each other does not match: while anything does not, nothing is paid."""

from arena.kit.db import Tx


async def unmatched(tx: Tx) -> int:
    """Currencies in which the ledger's entries do not sum to zero."""
    count: int = await tx.fetchval(
        """select count(*) from (select currency from ledger_account group by currency
           having sum(debits_posted) <> sum(credits_posted)) as off"""
    )
    return count
