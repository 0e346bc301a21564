"""Read moderation cases."""

from datetime import datetime

from arena.kit.db import Tx
from arena.marketplace.moderation import store
from arena.marketplace.moderation.model import Case, State


async def cases(
    tx: Tx, state: State = "open", *, after: tuple[datetime, str] | None = None, limit: int = 50
) -> list[Case]:
    """Cases of a state, oldest first; `after` is (submitted_at, id) of the last one seen."""
    return await store.page(tx, state, after=after, limit=limit)


async def case_of(tx: Tx, listing_id: str) -> Case | None:
    """The newest case of a listing."""
    return await store.newest(tx, listing_id)
