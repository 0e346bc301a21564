"""Complimentary access as its creator gives it: an invitation by letter, and its end. Shown on the audience's page."""

from datetime import date
from typing import Annotated, Literal

from fastapi import Path
from pydantic import AfterValidator, Field
from starlette.responses import Response

from arena.marketplace.subscriptions import complimentary
from arena.web.page import Filled, Form, Line, Pages, VisitDep, _
from arena.web.pages.account.fields import Email
from arena.web.pages.studio.audience import show
from arena.web.pages.studio.own import CREATOR, ListingId, own_listing

routes = Pages()
HERE = "/studio/{listing_id}/complimentary"
ComplimentaryId = Annotated[str, Path(pattern=r"^cmp_[0-9a-z]{26}$")]


def _day(stated: str) -> str:
    try:
        date.fromisoformat(stated)
    except ValueError:
        raise ValueError(_("A day like 2030-12-31.")) from None
    return stated


class GiveForm(Form):
    """Whom to write to, what to give until when, and why."""

    email: Email
    tier: Literal["basic", "pro", "enterprise"]
    last_day: Annotated[Line, AfterValidator(_day)]
    reason: Annotated[Line, Field(min_length=1, max_length=200)]


@routes.post(HERE, gate=CREATOR)
async def give(visit: VisitDep, listing_id: ListingId) -> Response:
    form = await visit.form(GiveForm)
    await own_listing(visit, listing_id)
    if form.model is not None:
        sent = form.model
        wish = complimentary.Wish(
            listing_id, sent.email, sent.tier, date.fromisoformat(sent.last_day), sent.reason
        )
        async with visit.trying(form):
            made = await complimentary.invite(
                visit.tx, wish, most=visit.settings.complimentary_max, actor=visit.actor,
                request_id=visit.call.request_id,
            )  # fmt: skip
            said = _("A letter with a link is on its way to %(email)s.", email=made.email)
            return visit.go(f"/studio/{listing_id}/audience", said=said)
    return await show(visit, listing_id, Filled(), giving=form)


@routes.post(HERE + "/{complimentary_id}/revoke", gate=CREATOR)
async def revoke(
    visit: VisitDep, listing_id: ListingId, complimentary_id: ComplimentaryId
) -> Response:
    form = await visit.form(Form)
    await own_listing(visit, listing_id)
    async with visit.trying(form):
        ended = await complimentary.revoke(
            visit.tx, complimentary_id, actor=visit.actor, request_id=visit.call.request_id
        )
    if form.refusal:
        return await show(visit, listing_id, Filled(), giving=form)
    said = _("%(email)s has it for nothing no more.", email=ended.email)
    return visit.go(f"/studio/{listing_id}/audience", said=said)
