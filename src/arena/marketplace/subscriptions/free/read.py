"""Read who follows what for free."""

from arena.kit.db import Tx
from arena.marketplace.subscriptions.free import store
from arena.marketplace.subscriptions.free.model import Follow


async def following(tx: Tx, person_id: str, listing_id: str) -> Follow | None:
    """The person's own, unless it has ended."""
    return await store.live_of(tx, person_id, listing_id)


async def follows_of(tx: Tx, person_id: str) -> list[Follow]:
    """All that the person follows now, newest first."""
    return await store.of_person(tx, person_id)
