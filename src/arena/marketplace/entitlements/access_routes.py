"""Why do I, or does somebody, get the signals of a listing, or not: what holds now and what held."""

from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, Field

from arena.kit.clock import iso_ms
from arena.kit.db import Tx
from arena.marketplace import listings
from arena.marketplace.entitlements.may import history, may
from arena.marketplace.entitlements.model import Decided
from arena.people import identity
from arena.people.access import CallDep, Routes, needs

routes = Routes("market")
ListingId = Annotated[str, Path(pattern=r"^lst_[0-9a-z]{26}$", description="The listing, lst_….")]
PersonId = Annotated[str, Path(pattern=r"^usr_[0-9a-z]{26}$", description="The person, usr_….")]


class DecidedView(BaseModel):
    """A stretch of time, half-open product time, and the four decisions in it. Those that lie ahead come of themselves,
    if nothing happens before."""

    valid_from: str
    valid_until: str | None = Field(description="Null: no end.")
    right_id: str = Field(description="What it stands on: sub_…, set_… or fol_….")
    kind: str = Field(description="subscription, seat or free.")
    tier: str
    reason: str = Field(description="An open list: docs/reference/entitlements.md.")
    can_change: bool
    can_access: bool
    can_bill: bool
    can_deliver: bool


class AccessView(BaseModel):
    """What holds now, and the history, newest first."""

    listing_id: str
    feed_id: str
    allowed: bool
    reason: str
    tier: str | None
    until: str | None
    delay_s: int | None = Field(description="A free follower is given each signal so much later.")
    version: int = Field(description="Another one whenever the decision is another.")
    history: list[DecidedView]


@routes.add(
    "GET",
    "/market/listings/{listing_id}/access",
    gate=needs("subscriptions:read", kinds=("person",)),
)
async def show_my_access(call: CallDep, listing_id: ListingId) -> AccessView:
    """Whether the caller gets the listing's signals, why or why not, and since when."""
    listing = await listings.visible(call.tx, listing_id, call.actor)
    return await _view(call.tx, call.actor.id, listing)


@routes.add("GET", "/market/listings/{listing_id}/access/{person_id}", gate=needs("operate"))
async def show_access_of(call: CallDep, listing_id: ListingId, person_id: PersonId) -> AccessView:
    """The same of somebody, for operators."""
    person = await identity.person(call.tx, person_id)
    return await _view(call.tx, person.id, await listings.listing(call.tx, listing_id))


async def _view(tx: Tx, person_id: str, listing: listings.Listing) -> AccessView:
    decision = await may(tx, person_id, listing.feed_id)
    return AccessView(
        listing_id=listing.id, feed_id=listing.feed_id, allowed=decision.allowed, reason=decision.reason,
        tier=decision.tier, until=decision.until and iso_ms(decision.until),
        delay_s=None if decision.delay is None else int(decision.delay.total_seconds()),
        version=decision.version,
        history=[_decided(each) for each in await history(tx, person_id, listing.id)],
    )  # fmt: skip


def _decided(found: Decided) -> DecidedView:
    return DecidedView(
        valid_from=iso_ms(found.valid_from), valid_until=found.valid_until and iso_ms(found.valid_until),
        right_id=found.right_id, kind=found.kind, tier=found.tier, reason=found.reason,
        can_change=found.can_change, can_access=found.can_access, can_bill=found.can_bill,
        can_deliver=found.can_deliver,
    )  # fmt: skip
