"""Become a creator: at once, by the waiting list, or by invitation."""

from datetime import timedelta

from starlette.responses import Response

from arena.kit.clock import wall_now
from arena.people import identity
from arena.people.access import needs
from arena.people.identity import InvitationNeeded, InvitationRefused, RequestStatus
from arena.web.page import Filled, Form, Pages, Visit, VisitDep, _
from arena.web.pages.account.doors import door
from arena.web.pages.account.fields import Code, Words

routes = Pages()
PERSON = needs("keys:write", kinds=("person",))
PAGE = "account/creator.html"


class Wish(Form):
    words: Words = ""
    invitation: Code = ""


@routes.get("/account/creator", gate=PERSON)
async def creator_page(visit: VisitDep) -> Response:
    code = visit.request.query_params.get("invitation", "")[:100]
    return await _page(visit, Filled[Wish]({"invitation": code} if code else {}))


@routes.post("/account/creator", gate=PERSON)
async def become_creator(visit: VisitDep) -> Response:
    form = await visit.form(Wish)
    if form.model is not None:
        wish = identity.CreatorWish(
            visit.settings.creators, form.model.words, form.model.invitation
        )
        async with visit.trying(form):
            person = await identity.become_creator(
                visit.tx, visit.settings.vault, visit.actor.id, wish,
                request_id=visit.call.request_id,
            )  # fmt: skip
            if "creator" in person.roles:
                return visit.go("/studio", _("You are a creator now. Here is your studio."))
            return visit.go("/account/creator", _("You are on the waiting list."))
    if isinstance(form.refusal, InvitationNeeded):
        form.errors["invitation"] = _("Fill in the code you were given.")
        form.refusal = None
    elif isinstance(form.refusal, InvitationRefused):
        form.errors["invitation"] = form.refusal.detail
        form.refusal = None
    return await _page(visit, form)


async def _page(visit: Visit, form: Filled[Wish]) -> Response:
    asked = await identity.creator_request_of(visit.tx, visit.actor.id)
    again_at = None
    if asked is not None and asked.status is RequestStatus.REFUSED and asked.decided_at is not None:
        again_at = asked.decided_at + timedelta(days=identity.AGAIN_DAYS)
    return door(
        visit, PAGE, form, asked=asked, policy=visit.settings.creators,
        again_at=again_at if again_at is not None and again_at > wall_now() else None,
        burn_in_days=visit.settings.burn_in_days, burn_in_fills=visit.settings.burn_in_fills,
        share=(10_000 - visit.settings.platform_share_bps) / 10_000,
    )  # fmt: skip
