"""Changes after approval: words may change without a review, so operators look at them, and say that they have.

What was looked at is kept in the audit trail alone, as `moderation.seen` with the version.
"""

from arena.evidence import audit
from arena.kit.db import Tx
from arena.marketplace import listings
from arena.marketplace.moderation import store
from arena.marketplace.moderation.conflict import require_other
from arena.marketplace.moderation.model import SEEN, Changed
from arena.people.access import Actor


async def changed(tx: Tx, *, limit: int = 20) -> list[Changed]:
    """Listings on the market with words newer than those looked at; those changed longest ago first."""
    return await store.changed(tx, limit=limit)


async def see(
    tx: Tx, listing_id: str, version: int, *, actor: Actor, request_id: str | None = None
) -> None:
    """Notes that the actor has looked at a version; one that was looked at before is not noted again.

    Raises NoSuchListing, OwnCase, and VersionMoved where there is no such version yet.
    """
    found = await listings.listing(tx, listing_id)
    await require_other(tx, listing_id, actor)
    if version > found.version:
        raise listings.VersionMoved(version=found.version, expected=version)
    if version > await store.seen_version(tx, listing_id):
        await audit.record(
            tx, actor=actor.id, actor_kind=actor.kind, action=SEEN, object=listing_id,
            detail={"version": version}, request_id=request_id,
        )  # fmt: skip
