"""Whether the books can be trusted: while gateways and ledger differ, or the ledger with itself, nothing is paid."""

from arena.kit.db import Tx
from arena.money import billing


async def books_hold(tx: Tx) -> bool:
    """Nothing has been unmatched with a gateway for a day, and debits equal credits in every currency."""
    off: bool = await tx.fetchval(
        """select exists (select from ledger_account group by currency
             having sum(debits_posted) <> sum(credits_posted))"""
    )
    return not off and await billing.books_agree(tx)
