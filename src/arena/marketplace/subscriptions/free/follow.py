"""Follow a listing for free, and stop: one click each, no card."""

from arena.evidence import audit
from arena.kit.db import Tx
from arena.kit.ids import fresh
from arena.marketplace import listings
from arena.marketplace.moderation import ListingTakenDown
from arena.marketplace.subscriptions import store as subscriptions
from arena.marketplace.subscriptions.free import store
from arena.marketplace.subscriptions.free.model import (
    AlreadyBetter,
    Follow,
    NoFreeTier,
    NotFollowing,
)
from arena.marketplace.subscriptions.model import Status
from arena.people.access import Actor


async def follow(tx: Tx, listing_id: str, *, actor: Actor, request_id: str | None = None) -> Follow:
    """From now on the actor is given its signals, late; following twice changes nothing.

    Raises NoSuchListing, NotOnOffer, NoFreeTier, AlreadyBetter for owners and running subscribers.
    """
    listing = await listings.listing(tx, listing_id)
    if listing.status is not listings.Status.LISTED:
        raise listings.NotOnOffer(listing_id=listing_id, status=listing.status.value)
    if (await store.offer(tx, listing_id, lock=True)).delay is None:
        raise NoFreeTier(listing_id=listing_id)
    if await listings.owns(tx, actor, listing.feed_id):
        raise AlreadyBetter(listing_id=listing_id, reason="owner", tier="enterprise")
    held = await subscriptions.live_of(tx, actor.id, listing_id)
    if held is not None and held.status is Status.ACTIVE:
        raise AlreadyBetter(listing_id=listing_id, reason="subscriber", tier=held.tier)
    new = Follow(fresh("fol"), listing_id, listing.feed_id, actor.id, tx.now, None, None)
    if await store.insert(tx, new):
        await _audit(tx, new, "subscriptions.follow", actor=actor, request_id=request_id)
        return new
    found = await store.live_of(tx, actor.id, listing_id)
    assert found is not None, "it was there a moment ago"
    return found


async def unfollow(
    tx: Tx, listing_id: str, *, actor: Actor, request_id: str | None = None
) -> Follow:
    """It is over from now on. Raises NotFollowing."""
    found = await store.live_of(tx, actor.id, listing_id, lock=True)
    if found is None:
        raise NotFollowing(listing_id=listing_id)
    await store.end(tx, found.id, "free_ended")
    await _audit(tx, found, "subscriptions.unfollow", actor=actor, request_id=request_id)
    return found


async def stop_follows(tx: Tx, fact: ListingTakenDown) -> None:
    """The reaction to a take-down: nobody follows it any more."""
    listing = await listings.listing(tx, fact.listing_id)
    if await store.end_all(tx, fact.listing_id, "moderation"):
        tx.tell(f"entitlement:anybody:{listing.feed_id}")


async def _audit(
    tx: Tx, found: Follow, action: str, *, actor: Actor, request_id: str | None
) -> None:
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action=action, object=found.listing_id,
        detail={"follow": found.id}, reason=None, request_id=request_id,
    )  # fmt: skip
    tx.tell(f"entitlement:{actor.id}:{found.feed_id}")
