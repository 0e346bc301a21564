"""Whose case is it? Nobody puts their own listing on offer, or waves through its changes."""

from arena.kit.db import Tx
from arena.marketplace import listings
from arena.marketplace.moderation.model import OwnCase
from arena.people.access import Actor


async def is_own(tx: Tx, listing_id: str, actor: Actor, *, submitted_by: str | None = None) -> bool:
    """Whether the actor is paid for the listing, owns its feed, or handed it in. Raises NoSuchListing."""
    found = await listings.listing(tx, listing_id)
    if actor.id in (found.creator_id, submitted_by):
        return True
    return await listings.owns(tx, actor, found.feed_id)


async def require_other(
    tx: Tx, listing_id: str, actor: Actor, *, submitted_by: str | None = None
) -> None:
    """Raises OwnCase, NoSuchListing."""
    if await is_own(tx, listing_id, actor, submitted_by=submitted_by):
        raise OwnCase(listing_id=listing_id)
