"""Complimentary access ends: over, not claimed in time, revoked, given back, or with its listing."""

from arena.evidence import audit
from arena.kit.clock import wall_now
from arena.kit.db import Tx
from arena.marketplace import listings
from arena.marketplace.moderation import ListingTakenDown
from arena.marketplace.subscriptions.complimentary import store
from arena.marketplace.subscriptions.complimentary.model import (
    Complimentary,
    ComplimentaryEnded,
    NoSuchComplimentary,
    State,
)
from arena.marketplace.subscriptions.complimentary.read import may_give
from arena.people.access import SYSTEM, Actor

OVER_MAX = 500


async def revoke(
    tx: Tx, complimentary_id: str, *, actor: Actor, request_id: str | None = None
) -> Complimentary:
    """By the listing's owner or an operator: its link works no more, its person receives nothing more. Repeated, it
    changes nothing. Raises NoSuchComplimentary."""
    found = await store.by_id(tx, complimentary_id, lock=True)
    if found is None or not await may_give(tx, actor, await listings.listing(tx, found.listing_id)):
        raise NoSuchComplimentary(complimentary_id=complimentary_id)
    await end(tx, found, "revoked", actor=actor, request_id=request_id)
    return await _again(tx, found)


async def give_back(
    tx: Tx, complimentary_id: str, *, actor: Actor, request_id: str | None = None
) -> Complimentary:
    """By whoever claimed it; repeated, it changes nothing. Raises NoSuchComplimentary."""
    found = await store.by_id(tx, complimentary_id, lock=True)
    if found is None or found.person_id != actor.id:
        raise NoSuchComplimentary(complimentary_id=complimentary_id)
    await end(tx, found, "given_back", actor=actor, request_id=request_id)
    return await _again(tx, found)


async def end_over(tx: Tx, listing_id: str | None = None) -> int:
    """Closes what is over by now, of a listing or of all; how many. Access ended by itself before that. Call again
    while it is not 0."""
    found = await store.over(tx, wall_now(), limit=OVER_MAX, listing_id=listing_id)
    for each in found:
        await end(tx, each, "over" if each.until <= tx.now else "lapsed")
    return len(found)


async def stop_complimentary(tx: Tx, fact: ListingTakenDown) -> None:
    """The reaction to a take-down: nobody has it for nothing any more either."""
    for found in await store.open_of_listing(tx, fact.listing_id):
        await end(tx, found, "moderation")


async def end(
    tx: Tx,
    found: Complimentary,
    reason: str,
    *,
    actor: Actor = SYSTEM,
    request_id: str | None = None,
) -> None:
    """Ends it if it has not; the caller holds its row. What was over before is over for that, whoever ends it now."""
    if found.state is State.ENDED:
        return
    if found.until <= tx.now:
        reason = "over"
    await store.set_ended(tx, found, reason)
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="complimentary.end", object=found.listing_id,
        detail={"complimentary": found.id, "email": found.email, "person": found.person_id},
        reason=reason, request_id=request_id,
    )  # fmt: skip
    if found.person_id is not None:
        await tx.record(
            ComplimentaryEnded(found.id, found.listing_id, found.feed_id, found.person_id, reason)
        )
        tx.tell(f"entitlement:{found.person_id}:{found.feed_id}")


async def _again(tx: Tx, found: Complimentary) -> Complimentary:
    again = await store.by_id(tx, found.id)
    assert again is not None
    return again
