"""Claim complimentary access with the link of its invitation, once, where its tier has a place."""

from dataclasses import dataclass

from arena.evidence import audit
from arena.kit.clock import wall_now
from arena.kit.db import Tx
from arena.kit.vault import Vault
from arena.marketplace import listings
from arena.marketplace.subscriptions import store as subscriptions
from arena.marketplace.subscriptions.complimentary import store
from arena.marketplace.subscriptions.complimentary.end import end_over
from arena.marketplace.subscriptions.complimentary.invite import ON_THE_MARKET
from arena.marketplace.subscriptions.complimentary.model import (
    AlreadyComplimentary,
    Complimentary,
    ComplimentaryClaimed,
    ComplimentaryLinkOver,
    ComplimentaryTierFull,
    ComplimentaryToYourself,
    State,
)
from arena.marketplace.subscriptions.complimentary.read import giver
from arena.marketplace.subscriptions.complimentary.token import complimentary_of
from arena.people.access import Actor


@dataclass(frozen=True, slots=True)
class Invitation:
    """What whoever holds the link is told before he claims: from whom, for what."""

    complimentary: Complimentary
    listing: listings.Listing
    from_name: str


async def invitation(tx: Tx, vault: Vault, token: str) -> Invitation:
    """Raises ComplimentaryLinkOver."""
    found = await store.by_id(tx, complimentary_of(vault, token))
    if found is None or not _open(tx, found):
        raise ComplimentaryLinkOver
    return Invitation(found, await listings.listing(tx, found.listing_id), await giver(tx, found))


async def claim(
    tx: Tx, vault: Vault, token: str, *, actor: Actor, request_id: str | None = None
) -> Complimentary:
    """It is the actor's; claiming it again changes nothing. Whoever holds the link may claim, whatever his address, and
    whether or not he pays for a tier: the highest right counts. A place of the tier is taken as by who pays, under the
    same lock.

    Raises ComplimentaryLinkOver, NotOnOffer, NoSuchTier, ComplimentaryToYourself, AlreadyComplimentary,
    ComplimentaryTierFull.
    """
    before = await store.by_id(tx, complimentary_of(vault, token))
    if before is None:
        raise ComplimentaryLinkOver
    await store.hold(tx, before.listing_id)
    await end_over(tx, before.listing_id)
    found = await store.by_id(tx, before.id, lock=True)
    assert found is not None, f"no complimentary access {before.id}"
    if found.state is State.CLAIMED and found.person_id == actor.id:
        return found
    if not _open(tx, found):
        raise ComplimentaryLinkOver
    await _check(tx, found, actor)
    await store.set_claimed(tx, found, actor.id)
    await tx.record(ComplimentaryClaimed(found.id, found.listing_id, found.feed_id, actor.id))
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="complimentary.claim",
        object=found.listing_id, detail={"complimentary": found.id, "tier": found.tier}, reason=None,
        request_id=request_id,
    )  # fmt: skip
    tx.tell(f"entitlement:{actor.id}:{found.feed_id}")
    claimed = await store.by_id(tx, found.id)
    assert claimed is not None
    return claimed


def _open(tx: Tx, found: Complimentary) -> bool:
    return found.state is State.INVITED and found.link_until > wall_now() and found.until > tx.now


async def _check(tx: Tx, found: Complimentary, actor: Actor) -> None:
    listing, tier = await listings.hold_tier(tx, found.listing_id, found.tier)
    if listing.status not in ON_THE_MARKET:
        raise listings.NotOnOffer(listing_id=listing.id, status=listing.status.value)
    if actor.id == found.given_by or await listings.owns(tx, actor, listing.feed_id):
        raise ComplimentaryToYourself
    mine = await store.held_by(tx, actor.id, listing.id)
    if mine:
        raise AlreadyComplimentary(complimentary_id=mine[0].id)
    if (
        tier.seats is not None
        and await subscriptions.seats_taken(tx, listing.id, tier.tier) >= tier.seats
    ):
        raise ComplimentaryTierFull(tier=tier.tier, seats=tier.seats)
