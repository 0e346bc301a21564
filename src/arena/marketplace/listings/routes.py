"""Listings over HTTP: draft and update, the checklist, search, scores, disclosures."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Query, Request, Response

from arena.kit.clock import iso_ms
from arena.kit.page import Page
from arena.marketplace.disclosures import disclose
from arena.marketplace.listings.badges import BadgeName
from arena.marketplace.listings.bounds import price_bounds
from arena.marketplace.listings.chosen import chosen
from arena.marketplace.listings.draft import draft, update
from arena.marketplace.listings.etag import answer
from arena.marketplace.listings.find import Search
from arena.marketplace.listings.gates import gates
from arena.marketplace.listings.model import NoCardShown, NotYourListing, TierName
from arena.marketplace.listings.model_cards import publish_card
from arena.marketplace.listings.move import delist, pause, resume
from arena.marketplace.listings.owner import owns
from arena.marketplace.listings.promises import promises
from arena.marketplace.listings.read import visible
from arena.marketplace.listings.rescore import last_midnight
from arena.marketplace.listings.search import search
from arena.marketplace.listings.shown_card import card_of
from arena.marketplace.listings.views import (
    TEXT,
    After,
    CardDraft,
    ChosenView,
    FoundView,
    GatesView,
    Limit,
    ListingDraft,
    ListingId,
    ListingView,
    PromisesView,
    ScoreView,
    ShownCardView,
    found_view,
    gates_view,
    listing_view,
    promises_view,
    score_view,
)
from arena.people.access import CallDep, Routes, needs, public
from arena.signals import feeds

routes = Routes("market")
OFFER = public("What is on offer, and on what evidence, is for everybody to see.")


@routes.add("POST", "/market/listings", gate=needs("listings:write"), status_code=201)
async def write_listing(call: CallDep, body: ListingDraft, response: Response) -> ListingView:
    """Creates a draft from a feed (201), or with `id` writes a new version (200), which enters the log."""
    if body.id is None:
        assert body.feed_id is not None
        made = await draft(
            call.tx, feed_id=body.feed_id, words=body.words(), tiers=body.prices(), thresholds=body.held_to(),
            bounds=price_bounds(call.settings), actor=call.actor, request_id=call.request_id,
        )  # fmt: skip
        return listing_view(made)
    response.status_code = 200
    changed = await update(
        call.tx, body.id, words=body.words(), tiers=body.prices(), note=body.note, thresholds=body.held_to(),
        bounds=price_bounds(call.settings), actor=call.actor, expected_version=body.expected_version,
        request_id=call.request_id,
    )  # fmt: skip
    return listing_view(changed)


@routes.add(
    "POST", "/market/cards", gate=needs("listings:write"), status_code=201, summary="Publish a card"
)
async def publish(call: CallDep, body: CardDraft) -> ListingView:
    """The feed's listing shows the card; a feed without one gets a draft in the card's words, held to thresholds that
    follow from the card where they are not said. The same again changes nothing. What is still missing before it may
    be submitted: GET /market/listings/{listing_id}/gates."""
    published = await publish_card(
        call.tx, body.card, body.feed_id, tiers=body.prices(), thresholds=body.thresholds.thresholds(),
        bounds=price_bounds(call.settings), actor=call.actor, request_id=call.request_id,
    )  # fmt: skip
    return listing_view(published)


@routes.add("GET", "/market/listings", gate=OFFER, response_model=Page[FoundView])
async def list_listings(
    call: CallDep,
    request: Request,
    q: Annotated[
        str | None, Query(max_length=100, pattern=TEXT, description="Words to find.")
    ] = None,
    instrument: Annotated[str | None, Query(max_length=30, pattern=TEXT)] = None,
    creator: Annotated[str | None, Query(max_length=40, pattern=TEXT)] = None,
    tier: TierName | None = None,
    price_max: Annotated[int | None, Query(ge=0, le=10**12, description="Cents a month.")] = None,
    history_days_min: Annotated[int | None, Query(ge=0, le=100_000)] = None,
    score_min: Annotated[int | None, Query(ge=0, le=100)] = None,
    sort: Literal["score", "newest", "price"] = "score",
    badge: Annotated[
        BadgeName | None, Query(description="What the record must have come through.")
    ] = None,
    drawdown_max: Annotated[
        float | None, Query(ge=0, le=1, description="A fraction: 0.25 is 25 per cent.")
    ] = None,
    seats_left: Annotated[bool, Query(description="Leave out what is sold out.")] = False,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """What is on offer. `score` sorts by the lower bound of the risk-adjusted result; raw returns never sort."""
    wanted = Search(
        q, instrument, creator, tier, price_max, history_days_min, score_min, sort, badge, drawdown_max,
        seats_left,
    )  # fmt: skip
    page = await search(call.tx, wanted, after=after, limit=limit)
    shown = [found_view(f) for f in page.data]
    return answer(request, Page[FoundView](data=shown, has_more=page.has_more, next=page.next))


@routes.add("GET", "/market/scores", gate=OFFER, response_model=Page[ScoreView])
async def list_scores(
    call: CallDep, request: Request, limit: Limit = 50, after: After = None
) -> Response:
    """The score of each listing on offer with its parts, best lower bound first.

    `value` is 0-100 and null while unranked; `low` and `high` bound the central 80 % of the net annual Sharpe
    ratio; `probability_above` is that it is above `threshold`.
    """
    page = await search(call.tx, Search(), after=after, limit=limit)
    shown = [score_view(f) for f in page.data]
    return answer(request, Page[ScoreView](data=shown, has_more=page.has_more, next=page.next))


@routes.add("GET", "/market/listings/{listing_id}/disclosures", gate=OFFER)
async def show_disclosures(call: CallDep, listing_id: ListingId) -> dict[str, Any]:
    """What must be known beside the figures: their kind, costs assumed, lineage, conflicts, shares."""
    found = await visible(call.tx, listing_id, call.actor)
    feed = await feeds.feed(call.tx, found.feed_id)
    disclosed = asdict(await disclose(call.tx, feed, call.settings))
    said = {k: iso_ms(v) if isinstance(v, datetime) else v for k, v in disclosed.items()}
    return {"listing_id": listing_id, **said}


@routes.add("GET", "/market/listings/{listing_id}/card", gate=OFFER)
async def show_card(call: CallDep, listing_id: ListingId) -> ShownCardView:
    """The model card that the listing shows, who vouches for it, and how its parameters were chosen."""
    found = await visible(call.tx, listing_id, call.actor)
    card = await card_of(call.tx, found.id)
    if card is None:
        raise NoCardShown(listing_id=listing_id)
    return ShownCardView(
        sha=card.sha, name=card.body["name"], label=card.label,
        chosen=ChosenView(**asdict(await chosen(call.tx, card))),
    )  # fmt: skip


@routes.add("GET", "/market/listings/{listing_id}/thresholds", gate=OFFER)
async def show_thresholds(call: CallDep, listing_id: ListingId) -> PromisesView:
    """What the creator holds the feed to, beside what its record has come to by the last UTC midnight."""
    found = await visible(call.tx, listing_id, call.actor)
    return promises_view(await promises(call.tx, found, last_midnight(call.tx.now)))


@routes.add("GET", "/market/listings/{listing_id}/gates", gate=needs("listings:write"))
async def show_gates(call: CallDep, listing_id: ListingId) -> GatesView:
    """The creator's checklist: what must hold before the listing may be submitted, and what is missing."""
    found = await visible(call.tx, listing_id, call.actor)
    if not (call.actor.may("operate") or await owns(call.tx, call.actor, found.feed_id)):
        raise NotYourListing(listing_id=listing_id)
    return gates_view(await gates(call.tx, found, call.settings))


@routes.add("POST", "/market/listings/{listing_id}/pause", gate=needs("listings:write"))
async def pause_listing(call: CallDep, listing_id: ListingId) -> ListingView:
    """Takes no new subscribers until resumed; those there are go on."""
    return listing_view(
        await pause(call.tx, listing_id, actor=call.actor, request_id=call.request_id)
    )


@routes.add("POST", "/market/listings/{listing_id}/resume", gate=needs("listings:write"))
async def resume_listing(call: CallDep, listing_id: ListingId) -> ListingView:
    """On offer again after a pause."""
    return listing_view(
        await resume(call.tx, listing_id, actor=call.actor, request_id=call.request_id)
    )


@routes.add("POST", "/market/listings/{listing_id}/delist", gate=needs("listings:write"))
async def delist_listing(call: CallDep, listing_id: ListingId) -> ListingView:
    """Off the market for good: paid periods are served to their end, nothing is renewed."""
    return listing_view(
        await delist(call.tx, listing_id, actor=call.actor, request_id=call.request_id)
    )
