"""The free tier over HTTP: what it is, following, and its creator's side."""

from datetime import timedelta
from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from arena.kit.clock import iso_ms
from arena.marketplace import listings
from arena.marketplace.subscriptions.free.audience import audience
from arena.marketplace.subscriptions.free.follow import follow, unfollow
from arena.marketplace.subscriptions.free.model import Bounds, Follow, Offer
from arena.marketplace.subscriptions.free.offer import close, offer, open_offer
from arena.marketplace.subscriptions.free.read import follows_of
from arena.people.access import CallDep, Routes, needs, public

routes = Routes("free tier")
READS = needs("subscriptions:read", kinds=("person",))
WRITES = needs("subscriptions:write", kinds=("person",))
OWNS = needs("listings:write")
ListingId = Annotated[str, Path(pattern=r"^lst_[0-9a-z]{26}$")]


class FreeTierView(BaseModel):
    """A listing's free tier. `delay_hours` is how much later than subscribers a follower is given each signal; null:
    there is none. The bounds are the operator's."""

    listing_id: str
    delay_hours: int | None = Field(examples=[72])
    delay_hours_min: int
    delay_hours_max: int


class FreeTierBody(BaseModel):
    """The delay, in whole hours."""

    model_config = ConfigDict(extra="forbid")
    delay_hours: int = Field(ge=1, le=10_000, examples=[72])


class AudienceView(BaseModel):
    """Who follows for free, in numbers; `joined` and `left` are of the last 30 days."""

    followers: int
    joined: int
    left: int
    ever: int
    subscribed: int = Field(
        description="Of those who ever followed, how many took a paid tier after it."
    )


class FollowView(BaseModel):
    """A listing that is followed for free. `at` is product time."""

    id: str
    listing_id: str
    feed_id: str
    at: str


class FollowList(BaseModel):
    """What the caller follows for free."""

    data: list[FollowView]


@routes.add(
    "GET",
    "/market/listings/{listing_id}/free",
    gate=public("what a listing gives for nothing is part of what it offers"),
)
async def show_free_tier(call: CallDep, listing_id: ListingId) -> FreeTierView:
    """The listing's free tier."""
    found = await listings.visible(call.tx, listing_id, call.actor)
    return _offer_view(await offer(call.tx, found.id), Bounds.of(call.settings))


@routes.add("PUT", "/market/listings/{listing_id}/free", gate=OWNS)
async def set_free_tier(call: CallDep, listing_id: ListingId, body: FreeTierBody) -> FreeTierView:
    """Opens the free tier, or changes its delay, within the operator's bounds."""
    bounds = Bounds.of(call.settings)
    made = await open_offer(
        call.tx, listing_id, timedelta(hours=body.delay_hours), bounds=bounds, actor=call.actor,
        request_id=call.request_id,
    )  # fmt: skip
    return _offer_view(made, bounds)


@routes.add("DELETE", "/market/listings/{listing_id}/free", gate=OWNS)
async def close_free_tier(call: CallDep, listing_id: ListingId) -> FreeTierView:
    """Closes the free tier: nobody follows for free any more."""
    made = await close(call.tx, listing_id, actor=call.actor, request_id=call.request_id)
    return _offer_view(made, Bounds.of(call.settings))


@routes.add("GET", "/market/listings/{listing_id}/audience", gate=OWNS)
async def show_audience(call: CallDep, listing_id: ListingId) -> AudienceView:
    """How many follow for free, come, go, and come to pay; for the listing's owner."""
    listing = await listings.listing(call.tx, listing_id)
    if not await listings.owns(call.tx, call.actor, listing.feed_id):
        raise listings.NotYourListing(listing_id=listing_id)
    found = await audience(call.tx, listing_id)
    return AudienceView(
        followers=found.followers, joined=found.joined, left=found.left, ever=found.ever,
        subscribed=found.subscribed,
    )  # fmt: skip


@routes.add("POST", "/market/listings/{listing_id}/follow", gate=WRITES)
async def follow_one(call: CallDep, listing_id: ListingId) -> FollowView:
    """Follows for free: GET /signals and the stream give its signals, late. No card; twice changes nothing."""
    return _view(await follow(call.tx, listing_id, actor=call.actor, request_id=call.request_id))


@routes.add("POST", "/market/listings/{listing_id}/unfollow", gate=WRITES)
async def unfollow_one(call: CallDep, listing_id: ListingId) -> FollowView:
    """Stops following for free."""
    return _view(await unfollow(call.tx, listing_id, actor=call.actor, request_id=call.request_id))


@routes.add("GET", "/market/follows", gate=READS)
async def list_follows(call: CallDep) -> FollowList:
    """What the caller follows for free, newest first."""
    return FollowList(data=[_view(each) for each in await follows_of(call.tx, call.actor.id)])


def _view(found: Follow) -> FollowView:
    return FollowView(
        id=found.id, listing_id=found.listing_id, feed_id=found.feed_id, at=iso_ms(found.at)
    )


def _offer_view(found: Offer, bounds: Bounds) -> FreeTierView:
    hour = timedelta(hours=1)
    return FreeTierView(
        listing_id=found.listing_id, delay_hours=None if found.delay is None else found.delay // hour,
        delay_hours_min=bounds.least // hour, delay_hours_max=bounds.most // hour,
    )  # fmt: skip
