"""Open a listing's free tier, change its delay, close it: by its owner, within the operator's bounds."""

from datetime import timedelta

from arena.evidence import audit
from arena.kit.db import Tx
from arena.marketplace import listings
from arena.marketplace.subscriptions.free import store
from arena.marketplace.subscriptions.free.model import Bounds, DelayOutOfBounds, Offer
from arena.people.access import Actor


async def offer(tx: Tx, listing_id: str) -> Offer:
    """The free tier as it is now; a listing that never had one has none."""
    return await store.offer(tx, listing_id)


async def open_offer(
    tx: Tx,
    listing_id: str,
    delay: timedelta,
    *,
    bounds: Bounds,
    actor: Actor,
    request_id: str | None = None,
) -> Offer:
    """Whoever follows is given signals that much later from now on. Raises NoSuchListing, NotYourListing,
    DelayOutOfBounds."""
    hour = timedelta(hours=1)
    if not bounds.least <= delay <= bounds.most or delay % hour:
        raise DelayOutOfBounds(least=bounds.least // hour, most=bounds.most // hour)
    await _set(tx, listing_id, delay, actor=actor, request_id=request_id)
    return await store.offer(tx, listing_id)


async def close(tx: Tx, listing_id: str, *, actor: Actor, request_id: str | None = None) -> Offer:
    """Nobody follows it for free any more, from now on. Raises NoSuchListing, NotYourListing."""
    await _set(tx, listing_id, None, actor=actor, request_id=request_id)
    await store.end_all(tx, listing_id, "free_closed")
    return await store.offer(tx, listing_id)


async def _set(
    tx: Tx, listing_id: str, delay: timedelta | None, *, actor: Actor, request_id: str | None
) -> None:
    listing = await listings.listing(tx, listing_id)
    if not await listings.owns(tx, actor, listing.feed_id):
        raise listings.NotYourListing(listing_id=listing_id)
    await store.set_offer(tx, listing_id, delay)
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="subscriptions.set_free_tier", object=listing_id,
        detail={"delay_s": None if delay is None else int(delay.total_seconds())}, reason=None,
        request_id=request_id,
    )  # fmt: skip
    tx.tell(f"entitlement:anybody:{listing.feed_id}")
