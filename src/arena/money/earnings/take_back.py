"""Take a creator's part of a refund or a dispute back: from what is on hold, then from what is free, then owed."""

from arena.kit.db import Tx
from arena.money import ledger
from arena.money.earnings import store


async def taken_back(
    tx: Tx, creator_id: str, *, reference: str, amount: int, currency: str = "USD"
) -> list[ledger.Leg]:
    """The debit legs that take `amount` (minor units) back of what `reference` earned; they sum to it.

    Money that is set aside for a payout is not touched: the payout goes on, and the rest is owed. Locks the
    creator's money until the transaction ends.
    """
    assert amount > 0, f"nothing to take back: {amount}"
    await store.lock(tx, creator_id)
    pending: int = await tx.fetchval(
        """select coalesce(sum(-amount), 0)::bigint from journal_leg
           where account_id = (select id from ledger_account where code = $1)
             and reference = $2 and phase in ('posted', 'post')""",
        f"creator:{creator_id}:pending", reference,
    )  # fmt: skip
    available = await ledger.free_balance(tx, f"creator:{creator_id}:available")
    return [
        ledger.Leg(f"creator:{creator_id}:{code}", part, currency)
        for code, part in split(amount, pending=pending, available=available.minor)
    ]


def split(amount: int, *, pending: int = 0, available: int = 0) -> list[tuple[str, int]]:
    """What is taken from which of a creator's accounts, in this order; parts of nothing are left out."""
    held = min(amount, max(pending, 0))
    free = min(amount - held, max(available, 0))
    parts = [("pending", held), ("available", free), ("clawback", amount - held - free)]
    return [(code, part) for code, part in parts if part]
