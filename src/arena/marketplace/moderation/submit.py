"""Submit: the listing enters review and a case is opened for a moderator, in one transaction."""

from arena.kit.db import Tx
from arena.kit.ids import derived
from arena.kit.settings import Settings
from arena.marketplace import listings
from arena.marketplace.moderation import store
from arena.marketplace.moderation.model import Case
from arena.people.access import Actor


async def submit(
    tx: Tx, listing_id: str, *, actor: Actor, settings: Settings, request_id: str | None = None
) -> Case:
    """The open case. Raises NoSuchListing, NotYourListing, ListingMoved, GatesNotPassed with all gates."""
    entered = await listings.enter_review(
        tx, listing_id, actor=actor, settings=settings, request_id=request_id
    )
    case_id = derived("mod", listing_id, await store.count(tx, listing_id) + 1)
    gates = [{"name": g.name, "passed": g.passed, "detail": g.detail} for g in entered.gates]
    await store.insert(
        tx, case_id, listing=(listing_id, entered.listing.version), gates=gates, by=actor.id
    )
    case = await store.by_id(tx, case_id)
    assert case is not None
    return case
