"""Which model card a listing shows."""

from arena.kit.db import Tx
from arena.marketplace.listings import store
from arena.signals.lab import cards


async def card_of(tx: Tx, listing_id: str) -> cards.Kept | None:
    """The card the listing shows, if any."""
    sha = await store.card_sha(tx, listing_id)
    return None if sha is None else await cards.card(tx, sha)
