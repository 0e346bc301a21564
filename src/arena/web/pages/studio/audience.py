"""Who has a listing without paying: its free tier with its delay and audience, and what is given for nothing."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from arena.marketplace import listings
from arena.marketplace.subscriptions import free
from arena.web.draw import Bar, bar_figure
from arena.web.page import Filled, Form, Pages, Visit, VisitDep, _
from arena.web.page.numbers import count, span
from arena.web.pages.studio.own import CREATOR, ListingId, own_listing
from arena.web.views.given import given_of
from arena.web.views.offer import NAMES

routes = Pages()
HERE = "/studio/{listing_id}/audience"
HOUR = timedelta(hours=1)
USUAL = timedelta(hours=72)


class DelayForm(Form):
    """How much later than subscribers, in whole hours."""

    hours: Annotated[int, Field(ge=1, le=10_000)]


@routes.get(HERE, gate=CREATOR)
async def audience(
    visit: VisitDep,
    listing_id: ListingId,
    after: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    return await show(visit, listing_id, Filled(), after=after)


@routes.post(HERE, gate=CREATOR)
async def open_tier(visit: VisitDep, listing_id: ListingId) -> Response:
    form = await visit.form(DelayForm)
    await own_listing(visit, listing_id)
    if form.model is not None:
        async with visit.trying(form):
            made = await free.open_offer(
                visit.tx, listing_id, timedelta(hours=form.model.hours),
                bounds=free.Bounds.of(visit.settings), actor=visit.actor, request_id=visit.call.request_id,
            )  # fmt: skip
            said = _(
                "Open: followers are given each signal %(delay)s late.", delay=span(made.delay)
            )
            return visit.go(f"/studio/{listing_id}/audience", said=said)
    return await show(visit, listing_id, form)


@routes.post(f"{HERE}/close", gate=CREATOR)
async def close_tier(visit: VisitDep, listing_id: ListingId) -> Response:
    form = await visit.form(Form)
    await own_listing(visit, listing_id)
    async with visit.trying(form):
        await free.close(visit.tx, listing_id, actor=visit.actor, request_id=visit.call.request_id)
    if form.refusal:
        return await show(visit, listing_id, form)
    said = _("Closed: nobody follows for free any more.")
    return visit.go(f"/studio/{listing_id}/audience", said=said)


async def show(
    visit: Visit,
    listing_id: str,
    form: Filled[Any],
    *,
    giving: Filled[Any] | None = None,
    after: str | None = None,
) -> Response:
    """The page, with what was wrong in one of its forms; `after` pages what was given."""
    listing = await own_listing(visit, listing_id)
    offer, bounds = await free.offer(visit.tx, listing_id), free.Bounds.of(visit.settings)
    found = await free.audience(visit.tx, listing_id)
    usual = min(max(USUAL, bounds.least), bounds.most)
    return visit.page(
        "studio/audience.html", status=(giving or form).status, form=form, listing=listing, offer=offer,
        audience=found, drawing=_drawing(found), bounds=bounds, hour=HOUR,
        hours=(offer.delay or usual) // HOUR, giving=giving or Filled(),
        given=await given_of(visit, listing, after), tier_names=NAMES,
        on_the_market=listing.status in (listings.Status.LISTED, listings.Status.PAUSED),
    )  # fmt: skip


def _drawing(found: free.Audience) -> str:
    """Followers by day; nothing where nobody ever followed."""
    if not found.ever:
        return ""
    bars = [
        Bar(day.date(), float(held), f"{day.date().isoformat()}: {count(held)}")
        for day, held in found.by_day
    ]
    most = max(held for _day, held in found.by_day)
    return bar_figure(bars, _("Followers at the end of each day"), high=count(most), low="0")
