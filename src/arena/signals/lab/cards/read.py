"""Reads kept cards."""

from arena.kit.db import Tx
from arena.signals.lab.cards import store
from arena.signals.lab.cards.model import Kept, NoSuchCard
from arena.signals.lab.trials import owner_of

NEWEST = 2**63 - 1


async def card(tx: Tx, sha: str) -> Kept:
    """Raises NoSuchCard."""
    found = await store.by_sha(tx, sha)
    if found is None:
        raise NoSuchCard(sha=sha)
    return found


async def cards_of(tx: Tx, owner: str, *, before: int = NEWEST, limit: int = 50) -> list[Kept]:
    """Those of a person, or of whoever answers for a collective; newest first, behind the one with the number
    `before`. Raises NoSuchCollective."""
    return await store.of_owner(tx, await owner_of(tx, owner), before=before, limit=limit)
