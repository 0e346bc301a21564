"""Invite somebody by letter to a tier for nothing. An invitation takes no place of the tier: its claim does."""

from datetime import UTC, datetime, timedelta

from arena.evidence import audit
from arena.kit.clock import wall_now
from arena.kit.db import Tx
from arena.kit.ids import fresh
from arena.marketplace import listings
from arena.marketplace.subscriptions.complimentary import store
from arena.marketplace.subscriptions.complimentary.end import end, end_over
from arena.marketplace.subscriptions.complimentary.model import (
    DAYS_MAX,
    LINK_DAYS,
    Complimentary,
    ComplimentaryFull,
    ComplimentaryInvited,
    ComplimentaryTaken,
    ComplimentaryToYourself,
    LastDayOutOfBounds,
    NotYoursToGive,
    State,
    Wish,
)
from arena.marketplace.subscriptions.complimentary.read import may_give
from arena.people import identity
from arena.people.access import Actor

ON_THE_MARKET = (listings.Status.LISTED, listings.Status.PAUSED)


async def invite(
    tx: Tx, wish: Wish, *, most: int, actor: Actor, request_id: str | None = None
) -> Complimentary:
    """A letter with a link goes out, whoever the address may belong to. Who was invited before and has not claimed is
    invited anew: the earlier link is over. `most` can be open at a listing at once.

    Raises NoSuchListing, NotYoursToGive, NotOnOffer, NoSuchTier, LastDayOutOfBounds, ComplimentaryToYourself,
    ComplimentaryTaken, ComplimentaryFull.
    """
    listing = await listings.listing(tx, wish.listing_id)
    if not await may_give(tx, actor, listing):
        raise NotYoursToGive(listing_id=listing.id)
    address = wish.email.strip().lower()
    await _check(tx, wish, listing, address, actor=actor)
    await store.hold(tx, listing.id)
    await end_over(tx, listing.id)
    before = await store.of_email(tx, listing.id, address)
    if before is not None and before.state is State.CLAIMED:
        raise ComplimentaryTaken(email=address, complimentary_id=before.id)
    if before is not None:
        await end(tx, before, "replaced", actor=actor, request_id=request_id)
    taken = await store.open_count(tx, listing.id, wall_now())
    if taken >= most:
        raise ComplimentaryFull(open=taken, most=most)
    made = Complimentary(
        fresh("cmp"), listing.id, listing.feed_id, wish.tier, address, wish.reason.strip(), actor.id,
        not await listings.owns(tx, actor, listing.feed_id), State.INVITED, tx.now,
        _midnight_after(wish), wall_now() + timedelta(days=LINK_DAYS),
    )  # fmt: skip
    await store.insert(tx, made)
    await tx.record(ComplimentaryInvited(made.id, listing.id))
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="complimentary.invite", object=listing.id,
        detail={"complimentary": made.id, "email": address, "tier": made.tier,
                "last_day": wish.last_day.isoformat()},
        reason=made.reason, request_id=request_id,
    )  # fmt: skip
    return made


async def _check(
    tx: Tx, wish: Wish, listing: listings.Listing, address: str, *, actor: Actor
) -> None:
    if listing.status not in ON_THE_MARKET:
        raise listings.NotOnOffer(listing_id=listing.id, status=listing.status.value)
    tiers = [tier.tier for tier in listing.tiers]
    if wish.tier not in tiers:
        raise listings.NoSuchTier(listing_id=listing.id, tier=wish.tier, tiers=", ".join(tiers))
    today = tx.now.astimezone(UTC).date()
    last = today + timedelta(days=DAYS_MAX)
    if not today <= wish.last_day <= last:
        raise LastDayOutOfBounds(first=today.isoformat(), last=last.isoformat())
    if actor.kind == "person" and (await identity.person(tx, actor.id)).email.lower() == address:
        raise ComplimentaryToYourself


def _midnight_after(wish: Wish) -> datetime:
    day = wish.last_day + timedelta(days=1)
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
