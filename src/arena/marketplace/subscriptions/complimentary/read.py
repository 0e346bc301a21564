"""Read complimentary access: what a listing's creator gave, what a person has, and who gave it."""

from collections.abc import Iterable
from datetime import datetime

from arena.kit.clock import from_iso, wall_now
from arena.kit.db import Tx
from arena.kit.page import BadCursor, Page, decode_cursor, encode_cursor, page_of
from arena.marketplace import listings
from arena.marketplace.subscriptions.complimentary import store
from arena.marketplace.subscriptions.complimentary.model import Complimentary, NotYoursToGive, State
from arena.people import identity
from arena.people.access import Actor


async def may_give(tx: Tx, actor: Actor, listing: listings.Listing) -> bool:
    """Its owner, and operators."""
    return actor.may("operate") or await listings.owns(tx, actor, listing.feed_id)


async def given(
    tx: Tx, listing_id: str, *, actor: Actor, after: str | None = None, limit: int = 50
) -> Page[Complimentary]:
    """All that was given of a listing: what has not ended first, each newest first; `after` is the cursor of the page
    before. Raises NoSuchListing, NotYoursToGive, BadCursor."""
    listing = await listings.listing(tx, listing_id)
    if not await may_give(tx, actor, listing):
        raise NotYoursToGive(listing_id=listing_id)
    rows = await store.page(tx, listing_id, after=_place(after), limit=limit + 1)
    return page_of(
        rows,
        limit,
        lambda each: encode_cursor(each.state is State.ENDED, each.invited_at.isoformat(), each.id),
    )


def standing(tx: Tx, found: Complimentary) -> str:
    """How it stands now: invited, claimed, or how it ended, also where no job has closed it yet."""
    if found.state is State.ENDED:
        return found.end_reason or "over"
    if found.until <= tx.now:
        return "over"
    if found.state is State.INVITED and found.link_until <= wall_now():
        return "lapsed"
    return found.state.value


async def open_now(tx: Tx, listing_id: str) -> int:
    """How many are invited or claimed and not over."""
    return await store.open_count(tx, listing_id, wall_now())


async def held_by(tx: Tx, person_id: str, listing_id: str | None = None) -> list[Complimentary]:
    """What the person has now, of a listing or of all, the newest first."""
    return await store.held_by(tx, person_id, listing_id)


async def ever_held(tx: Tx, person_id: str, listing_id: str) -> list[Complimentary]:
    """All that the person ever claimed of the listing, the newest first."""
    return await store.of_person(tx, person_id, listing_id)


async def giver(tx: Tx, found: Complimentary) -> str:
    """The name of who gave it."""
    if found.given_by.startswith("col_"):
        return (await identity.collective(tx, found.given_by)).name
    return (await identity.person(tx, found.given_by)).name


async def names_of(tx: Tx, found: Iterable[Complimentary]) -> dict[str, str]:
    """By id, the name of whoever claimed it; what nobody claimed is left out."""
    return {
        each.id: (await identity.person(tx, each.person_id)).name
        for each in found
        if each.person_id is not None
    }


def _place(after: str | None) -> tuple[bool, datetime, str] | None:
    if after is None:
        return None
    ended, at, last_id = decode_cursor(after, (bool, str, str))
    try:
        return ended, from_iso(at), last_id
    except (ValueError, OverflowError):
        raise BadCursor from None
