"""Whose is it? Rooms of the studio open to the owner alone; what is another's looks like nothing at all."""

from typing import Annotated

from fastapi import Path

from arena.marketplace import listings
from arena.people import identity
from arena.people.access import needs
from arena.web.page import Visit

CREATOR = needs("listings:write", kinds=("person",))
CollectiveId = Annotated[str, Path(pattern=r"^col_[0-9a-z]{26}$")]
FeedId = Annotated[str, Path(pattern=r"^fd_[0-9a-z]{26}$")]
KeyId = Annotated[str, Path(pattern=r"^key_[0-9a-z]{26}$")]
RecoveryId = Annotated[str, Path(pattern=r"^rec_[0-9a-z]{26}$")]
ListingId = Annotated[str, Path(pattern=r"^lst_[0-9a-z]{26}$")]


async def own_listing(visit: Visit, listing_id: str) -> listings.Listing:
    """Raises NoSuchListing, also for a draft of somebody else, and NotYourListing for what all may see."""
    found = await listings.visible(visit.tx, listing_id, visit.actor)
    if not await listings.owns(visit.tx, visit.actor, found.feed_id):
        raise listings.NotYourListing(listing_id=listing_id)
    return found


async def own_collective(visit: Visit, collective_id: str) -> identity.Collective:
    """Raises NoSuchCollective, also for that of somebody else."""
    found = await identity.collective(visit.tx, collective_id)
    if found.owner_id != visit.actor.id:
        raise identity.NoSuchCollective(collective_id=collective_id)
    return found
