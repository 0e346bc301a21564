"""Read listings, their change log and their tiers."""

from datetime import datetime

from arena.kit.db import Row, Tx
from arena.kit.money import Money
from arena.marketplace.listings import store
from arena.marketplace.listings.model import (
    Listing,
    NoSuchListing,
    NoSuchTier,
    Period,
    Status,
    Tier,
    Version,
)
from arena.marketplace.listings.owner import owns
from arena.people.access import Actor


async def listing(tx: Tx, listing_id: str) -> Listing:
    """Raises NoSuchListing."""
    found = await store.by_id(tx, listing_id)
    if found is None:
        raise NoSuchListing(listing_id=listing_id)
    return found


async def visible(tx: Tx, listing_id: str, actor: Actor) -> Listing:
    """The listing as far as the actor may know of it: drafts and those under review are seen by their
    creator and by operators only. Raises NoSuchListing."""
    found = await listing(tx, listing_id)
    if found.status in (Status.DRAFT, Status.SUBMITTED) and not (
        actor.may("operate") or await owns(tx, actor, found.feed_id)
    ):
        raise NoSuchListing(listing_id=listing_id)
    return found


async def listing_of_feed(tx: Tx, feed_id: str) -> Listing | None:
    """The listing a feed has, in whatever status."""
    return await store.by_feed(tx, feed_id)


async def listed_count(tx: Tx) -> int:
    """How many listings the market has on offer."""
    return await store.listed_count(tx)


async def versions(tx: Tx, listing_id: str, *, limit: int = 100) -> list[Version]:
    """The change log, newest first."""
    return await store.versions(tx, listing_id, limit)


async def version(tx: Tx, listing_id: str, number: int) -> Version | None:
    """One version of the change log."""
    return await store.version(tx, listing_id, number)


async def price_at(
    tx: Tx, listing_id: str, tier: str, period: Period, at: datetime
) -> Money | None:
    """What the listing asked at that product time for a period of the tier; None where it did not sell it."""
    return await store.price_at(tx, listing_id, tier, period, at)


async def score_of(tx: Tx, listing_id: str) -> Row | None:
    """The derived row of the last rescore: at, rank, history_days, score, metrics. None before the first."""
    return await store.score_of(tx, listing_id)


async def hold_tier(tx: Tx, listing_id: str, tier: str) -> tuple[Listing, Tier]:
    """The listing, which nobody changes or takes down until the transaction's end, and its tier, locked, so
    that seats are given out one at a time.

    Raises NoSuchListing, NoSuchTier.
    """
    await store.hold(tx, listing_id)
    offered = await listing(tx, listing_id)
    held = await store.lock_tier(tx, listing_id, tier)
    if held is None:
        names = ", ".join(t.tier for t in offered.tiers)
        raise NoSuchTier(listing_id=listing_id, tier=tier, tiers=names)
    return offered, held
