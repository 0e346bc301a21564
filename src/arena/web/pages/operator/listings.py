"""One listing as an operator sees it: where it stands, its history, and taking it off the market."""

from typing import Annotated, Literal

from fastapi import Path
from starlette.responses import Response

from arena.evidence import audit
from arena.marketplace import listings, moderation, subscriptions
from arena.web.page import Filled, Form, Pages, Visit, VisitDep, _
from arena.web.pages.operator.reason import Reason
from arena.web.pages.operator.room import OPERATOR
from arena.web.pages.operator.trail import lines_of
from arena.web.views.desk import names_of, queues

routes = Pages()
ListingId = Annotated[str, Path(pattern=r"^lst_[0-9a-z]{26}$")]
PATH = "/operator/listings/{listing_id}"
ON_THE_MARKET = (listings.Status.LISTED, listings.Status.PAUSED)


class TakeDown(Form):
    """Why, and that it is meant: there is no way back."""

    reason: Reason
    sure: Literal["true"]


@routes.get(PATH, gate=OPERATOR)
async def show_listing(visit: VisitDep, listing_id: ListingId) -> Response:
    return await _page(visit, listing_id, Filled())


@routes.post(PATH, gate=OPERATOR)
async def take_down(visit: VisitDep, listing_id: ListingId) -> Response:
    form = await visit.form(TakeDown)
    if "sure" in form.errors:
        form.errors["sure"] = _("Say that you mean it: this cannot be undone.")
    if form.model is not None:
        async with visit.trying(form):
            taken = await moderation.take_down(
                visit.tx, listing_id, actor=visit.actor, reason=form.model.reason,
                request_id=visit.call.request_id,
            )  # fmt: skip
            said = _("%(title)s is off the market.", title=taken.words.title)
            return visit.go(f"/operator/listings/{listing_id}", said=said)
    return await _page(visit, listing_id, form)


async def _page(visit: Visit, listing_id: str, form: Filled[TakeDown]) -> Response:
    tx = visit.tx
    found = await listings.listing(tx, listing_id)
    cases = await moderation.cases_of(tx, listing_id)
    events = await audit.history(tx, [listing_id, *(case.id for case in cases)])
    return visit.page(
        "operator/listing.html", status=form.status, form=form, listing=found, cases=cases,
        stake=await subscriptions.stake(tx, listing_id), trail=await lines_of(tx, events),
        on_the_market=found.status in ON_THE_MARKET, waiting=(await queues(tx)).counts,
        names=await names_of(tx, [found.creator_id]),
    )  # fmt: skip
