"""Enter review: the gates must pass. The case a moderator decides is opened downstream, by moderation."""

from dataclasses import dataclass

from arena.kit.db import Tx
from arena.kit.settings import Settings
from arena.marketplace.listings import store
from arena.marketplace.listings.gates import gates
from arena.marketplace.listings.model import (
    Gate,
    GatesNotPassed,
    Listing,
    NoSuchListing,
    NotYourListing,
    Status,
    check_move,
)
from arena.marketplace.listings.move import move
from arena.marketplace.listings.owner import owns
from arena.people.access import Actor


@dataclass(frozen=True, slots=True)
class Submission:
    """A listing that entered review, with the gates as they stood."""

    listing: Listing
    gates: tuple[Gate, ...]


async def enter_review(
    tx: Tx, listing_id: str, *, actor: Actor, settings: Settings, request_id: str | None = None
) -> Submission:
    """Raises NoSuchListing, NotYourListing, ListingMoved, and GatesNotPassed with all gates and reasons."""
    found = await store.by_id(tx, listing_id, lock=True)
    if found is None:
        raise NoSuchListing(listing_id=listing_id)
    if not await owns(tx, actor, found.feed_id):
        raise NotYourListing(listing_id=listing_id)
    check_move(found.status, Status.SUBMITTED)
    checks = tuple(await gates(tx, found, settings))
    if not all(gate.passed for gate in checks):
        raise GatesNotPassed(
            gates=[{"name": g.name, "passed": g.passed, "detail": g.detail} for g in checks]
        )
    moved = await move(tx, listing_id, Status.SUBMITTED, actor=actor, request_id=request_id)
    return Submission(moved, checks)
