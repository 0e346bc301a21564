"""Draft a listing, and change it: every change is a new version."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from arena.kit.money import Money
from arena.marketplace import listings
from arena.people import identity
from arena.signals import feeds
from arena.web.draw import Difference, listing_differences, readable
from arena.web.page import Filled, Form, Pages, Visit, VisitDep, _
from arena.web.pages.studio import prices
from arena.web.pages.studio.own import CREATOR, FeedId, ListingId, own_listing
from arena.web.pages.studio.wording import (
    ChangeForm,
    ListingForm,
    body_of,
    filled_form,
    new_form,
)

routes = Pages()
LOCKED = (listings.Status.SUBMITTED, listings.Status.DELISTED)


@dataclass(frozen=True, slots=True)
class Card:
    """How the listing will look among others; empty where nothing good was typed yet."""

    title: str
    summary: str
    instrument: str
    collective: str
    tiers: Sequence[tuple[str, Money]]


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """Somebody was faster: what the newest version says, and what the typed one would change of it."""

    version: listings.Version
    says: dict[str, str]
    changed: Sequence[Difference]


@routes.get("/studio/feeds/{feed_id}/list", gate=CREATOR)
async def begin(visit: VisitDep, feed_id: FeedId) -> Response:
    known = await listings.listing_of_feed(visit.tx, feed_id)
    if known is not None:
        return visit.go(f"/studio/{known.id}")
    feed = await _own_feed(visit, feed_id)
    return await _page(visit, new_form(), feed, None)


@routes.post("/studio/feeds/{feed_id}/list", gate=CREATOR)
async def draft(visit: VisitDep, feed_id: FeedId) -> Response:
    form = await visit.form(ListingForm)
    feed = await _own_feed(visit, feed_id)
    tiers = prices.offered(form)
    if form.model is not None and not form.errors and not _previews(form):
        async with visit.trying(form):
            made = await listings.draft(
                visit.tx, feed_id=feed_id, words=form.model.words(), tiers=tiers,
                bounds=listings.price_bounds(visit.settings), actor=visit.actor, request_id=visit.call.request_id,
            )  # fmt: skip
            return visit.go(
                f"/studio/{made.id}",
                said=_("Drafted. Only you and the operators see it until it is approved."),
            )
    return await _page(visit, form, feed, None)


@routes.get("/studio/{listing_id}/edit", gate=CREATOR)
async def edit(visit: VisitDep, listing_id: ListingId) -> Response:
    listing = await own_listing(visit, listing_id)
    feed = await feeds.feed(visit.tx, listing.feed_id)
    return await _page(visit, filled_form(listing), feed, listing)


@routes.post("/studio/{listing_id}/edit", gate=CREATOR)
async def change(visit: VisitDep, listing_id: ListingId) -> Response:
    form = await visit.form(ChangeForm)
    listing = await own_listing(visit, listing_id)
    tiers = prices.offered(form)
    if form.model is not None and not form.errors and not _previews(form):
        async with visit.trying(form):
            changed = await listings.update(
                visit.tx, listing_id, words=form.model.words(), tiers=tiers, note=form.model.note,
                thresholds=form.model.thresholds(), bounds=listings.price_bounds(visit.settings), actor=visit.actor,
                expected_version=form.model.expected_version, request_id=visit.call.request_id,
            )  # fmt: skip
            return visit.go(
                f"/studio/{listing_id}",
                said=_(
                    "Version %(number)s is written, and named in the log.", number=changed.version
                ),
            )
    feed = await feeds.feed(visit.tx, listing.feed_id)
    meanwhile = await _meanwhile(visit, form, listing, tiers)
    return await _page(visit, form, feed, listing, meanwhile=meanwhile)


@routes.get("/studio/draft/card", gate=CREATOR)
async def card(visit: VisitDep) -> Response:
    """The card alone, of a form that is being filled in: asked for with every pause in typing."""
    typed: Filled[Form] = Filled(dict(visit.request.query_params))
    shown = _card(typed, typed.value("instrument"), typed.value("collective"))
    return visit.page("studio/part-card.html", card=shown)


async def _own_feed(visit: Visit, feed_id: str) -> feeds.Feed:
    if not await listings.owns(visit.tx, visit.actor, feed_id):
        raise listings.NotYourFeedToList(feed_id=feed_id)
    return await feeds.feed(visit.tx, feed_id)


def _previews(form: Filled[Any]) -> bool:
    """Whether the form was sent by its second button: to look, not to keep."""
    return form.value("do") == "preview"


async def _meanwhile(
    visit: Visit,
    form: Filled[ChangeForm],
    listing: listings.Listing,
    tiers: Sequence[listings.Tier],
) -> Meanwhile | None:
    if form.model is None or not isinstance(form.refusal, listings.VersionMoved):
        return None
    [newest] = await listings.versions(visit.tx, listing.id, limit=1)
    typed = body_of(form.model.words(), tiers, form.model.thresholds() or listing.thresholds)
    return Meanwhile(newest, readable(newest.body), listing_differences(newest.body, typed))


def _card(form: Filled[Any], instrument: str, collective: str) -> Card:
    """Tiers whose price cannot be read are left out."""
    tiers = []
    for tier in listings.TIERS:
        try:
            price = Money(prices.cents(form.value(f"{tier}_price")))
        except ValueError:
            continue
        if form.value(tier) == "true":
            tiers.append((_(prices.TIER_WORDS[tier][0]), price))
    return Card(
        form.value("title").strip(), form.value("summary").strip(), instrument, collective, tiers,
    )  # fmt: skip


async def _page(
    visit: Visit,
    form: Filled[Any],
    feed: feeds.Feed,
    listing: listings.Listing | None,
    *,
    meanwhile: Meanwhile | None = None,
) -> Response:
    """Without a conflict the version expected stays the one that was read, whatever was written since."""
    action = f"/studio/feeds/{feed.id}/list" if listing is None else f"/studio/{listing.id}/edit"
    expected = listing.version if listing else 0
    if meanwhile is None and form.value("expected_version").isdecimal():
        expected = int(form.value("expected_version"))
    collective = await identity.collective(visit.tx, feed.collective_id)
    return visit.page(
        "studio/draft.html", status=form.status, form=form, feed=feed, listing=listing, action=action,
        expected=expected, meanwhile=meanwhile, card=_card(form, feed.instrument, collective.name),
        locked=listing is not None and listing.status in LOCKED, tiers=prices.TIER_WORDS,
        bounds=listings.price_bounds(visit.settings),
    )  # fmt: skip
