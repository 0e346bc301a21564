"""A journal as one creator may see it: what it moved on his own accounts, and nothing of anybody else's."""

from arena.kit.db import Tx
from arena.kit.money import Money
from arena.money import ledger
from arena.money.earnings.model import Movement, NoSuchMovement


async def movement(tx: Tx, creator_id: str, journal_id: str) -> Movement:
    """Raises NoSuchMovement, also for journals of others and for what is only set aside."""
    found = await ledger.journal(tx, journal_id)
    mine = f"creator:{creator_id}:"
    if (
        found is None
        or found.phase not in ("posted", "post")
        or not any(each.code.startswith(mine) for each in found.entries)
    ):
        raise NoSuchMovement(journal_id=journal_id)

    def moved(name: str) -> Money:
        sums = sum(each.amount for each in found.entries if each.code == mine + name)
        currency = found.entries[0].currency
        # What a creator owes is a debit of his; all else is a credit.
        return Money(sums if name == "clawback" else -sums, currency)

    return Movement(
        found.id, found.kind, found.reference, found.at, moved("pending"), moved("available"), moved("disputed"),
        moved("clawback"),
    )  # fmt: skip
