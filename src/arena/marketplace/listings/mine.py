"""The listings of a creator's own feeds, in whatever status."""

from collections.abc import Sequence

from arena.kit.db import Tx
from arena.marketplace.listings import store
from arena.marketplace.listings.model import Listing


async def listings_of_feeds(tx: Tx, feed_ids: Sequence[str]) -> dict[str, Listing]:
    """By feed; feeds without a listing are left out."""
    rows = await tx.fetch(store.LISTING + " where l.feed_id = any($1::text[])", list(feed_ids))
    return {row["feed_id"]: store.to_listing(row) for row in rows}
