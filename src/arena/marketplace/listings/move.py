"""Move a listing's status along MOVES, with its audit line, in the caller's transaction."""

from arena.evidence import audit
from arena.kit.db import Tx
from arena.marketplace.listings import store
from arena.marketplace.listings.model import (
    Listing,
    NoSuchListing,
    NotYourListing,
    Status,
    check_move,
)
from arena.marketplace.listings.owner import owns
from arena.people.access import Actor


async def move(
    tx: Tx,
    listing_id: str,
    target: Status,
    *,
    actor: Actor,
    reason: str | None = None,
    request_id: str | None = None,
) -> Listing:
    """The moved listing. Asks nothing of the actor: callers decide who may. Raises NoSuchListing, ListingMoved."""
    found = await store.by_id(tx, listing_id, lock=True)
    if found is None:
        raise NoSuchListing(listing_id=listing_id)
    check_move(found.status, target)
    await store.set_status(tx, listing_id, target)
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action=f"listings.{target.value}", object=listing_id,
        detail={"from": found.status.value, "version": found.version}, reason=reason, request_id=request_id,
    )  # fmt: skip
    moved = await store.by_id(tx, listing_id)
    assert moved is not None
    return moved


async def pause(tx: Tx, listing_id: str, *, actor: Actor, request_id: str | None = None) -> Listing:
    """No new subscribers for now; those there are go on. Raises NotYourListing, ListingMoved."""
    return await _by_owner(tx, listing_id, Status.PAUSED, actor=actor, request_id=request_id)


async def resume(
    tx: Tx, listing_id: str, *, actor: Actor, request_id: str | None = None
) -> Listing:
    """On offer again after a pause. Raises NotYourListing, ListingMoved."""
    return await _by_owner(tx, listing_id, Status.LISTED, actor=actor, request_id=request_id)


async def delist(
    tx: Tx, listing_id: str, *, actor: Actor, request_id: str | None = None
) -> Listing:
    """Off the market for good: paid periods are served to their end, nothing is renewed.

    Raises NotYourListing, ListingMoved.
    """
    return await _by_owner(tx, listing_id, Status.DELISTED, actor=actor, request_id=request_id)


async def _by_owner(
    tx: Tx, listing_id: str, target: Status, *, actor: Actor, request_id: str | None
) -> Listing:
    found = await store.by_id(tx, listing_id, lock=True)
    if found is None:
        raise NoSuchListing(listing_id=listing_id)
    if not await owns(tx, actor, found.feed_id):
        raise NotYourListing(listing_id=listing_id)
    if target is Status.LISTED and found.status is not Status.PAUSED:
        check_move(Status.DRAFT, target)  # only a moderator lists what was not listed before
    return await move(tx, listing_id, target, actor=actor, request_id=request_id)
