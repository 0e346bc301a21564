"""Who may create: the waiting list, invitations, and the creators there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from fastapi import Path, Query
from pydantic import Field
from starlette.responses import Response

from arena.kit.clock import wall_now
from arena.kit.db import Tx
from arena.kit.page import Page, encode_cursor, page_of
from arena.people import identity
from arena.web.page import N_, Filled, Form, Line, Pages, Visit, VisitDep, _
from arena.web.page.answer import SECRET
from arena.web.pages.operator.reason import LENGTH_MAX, LENGTH_MIN, Reason
from arena.web.pages.operator.room import OPERATOR, PAGE, age, place_of
from arena.web.views.desk import queues

routes = Pages()
TEMPLATE, HERE = "operator/creators.html", "/operator/creators"
RequestId = Annotated[str, Path(pattern=r"^crq_[0-9a-hjkmnp-tv-z]{26}$")]
InvitationId = Annotated[str, Path(pattern=r"^inv_[0-9a-hjkmnp-tv-z]{26}$")]
After = Annotated[str | None, Query(max_length=500)]


class Verdict(Form):
    """Granting needs no reason; a refusal does, and the person reads it."""

    verdict: Literal["grant", "refuse"]
    reason: Reason | None = None


class NewInvitation(Form):
    note: Annotated[Line, Field(max_length=200)] = ""
    days: Annotated[int, Field(ge=1, le=365)]


@dataclass(frozen=True, slots=True)
class Places:
    """Where each of the three lists is read from."""

    waiting: str | None = None
    invitations: str | None = None
    creators: str | None = None


@routes.get(HERE, gate=OPERATOR)
async def creators_page(
    visit: VisitDep, waiting: After = None, invitations: After = None, creators: After = None
) -> Response:
    return await _page(visit, places=Places(waiting, invitations, creators))


@routes.post(f"{HERE}/{{creator_request_id}}/decide", gate=OPERATOR)
async def decide(visit: VisitDep, creator_request_id: RequestId) -> Response:
    form = await visit.form(Verdict)
    if form.model is not None and form.model.verdict == "refuse" and form.model.reason is None:
        form.errors["reason"] = _("Say why: the person reads it.")
    elif form.model is not None:
        async with visit.trying(form):
            return visit.go(HERE, await _decide(visit, creator_request_id, form.model))
    return await _page(visit, verdict=form, about=creator_request_id)


async def _decide(visit: Visit, creator_request_id: str, wanted: Verdict) -> str:
    """What to say of it afterwards."""
    by, request_id = visit.actor.id, visit.call.request_id
    if wanted.verdict == "grant":
        asked = await identity.grant_creator(
            visit.tx, creator_request_id, by=by, reason=wanted.reason, request_id=request_id
        )
        said = N_("%(name)s is a creator now, and is told by mail.")
    else:
        assert wanted.reason is not None
        asked = await identity.refuse_creator(
            visit.tx, creator_request_id, by=by, reason=wanted.reason, request_id=request_id
        )
        said = N_("%(name)s was refused, and is told why by mail.")
    person = await identity.person(visit.tx, asked.person_id)
    return _(said, name=person.name)


@routes.post(f"{HERE}/invitations", gate=OPERATOR)
async def invite(visit: VisitDep) -> Response:
    """The answer shows the code, this once."""
    form = await visit.form(NewInvitation)
    if form.model is not None:
        async with visit.trying(form):
            made, code = await identity.invite(
                visit.tx, visit.settings.vault, by=visit.actor.id, note=form.model.note,
                days=form.model.days, request_id=visit.call.request_id,
            )  # fmt: skip
            return visit.page(
                "operator/creators-invited.html", caching=SECRET, made=made, code=code,
                waiting=await _waiting_counts(visit.tx),
            )  # fmt: skip
    return await _page(visit, invitation=form)


@routes.post(f"{HERE}/invitations/{{invitation_id}}/withdraw", gate=OPERATOR)
async def withdraw(visit: VisitDep, invitation_id: InvitationId) -> Response:
    form: Filled[Form] = Filled()
    async with visit.trying(form):
        await identity.withdraw_invitation(
            visit.tx, invitation_id, by=visit.actor.id, request_id=visit.call.request_id
        )
    if form.refusal is None:
        return visit.go(HERE, _("The invitation is withdrawn: its code opens nothing any more."))
    return await _page(visit, withdrawal=form)


async def _page(
    visit: Visit,
    *,
    places: Places | None = None,
    verdict: Filled[Verdict] | None = None,
    about: str = "",
    invitation: Filled[NewInvitation] | None = None,
    withdrawal: Filled[Form] | None = None,
) -> Response:
    """The page, with the form that was refused on it, if one was; `about` is the request it was about."""
    tx, places = visit.tx, places or Places()
    asked = await _asked(tx, places.waiting)
    invited = await _invited(tx, places.invitations)
    creators = await _creators(tx, places.creators)
    refused = verdict or invitation or withdrawal
    return visit.page(
        TEMPLATE, status=refused.status if refused else 200, policy=visit.settings.creators,
        asked=asked, invited=invited, creators=creators, places=places,
        persons=await _persons(tx, asked.data, invited.data), now=wall_now(), age=age,
        listings=await _listings(tx, [one.person.id for one in creators.data]),
        verdict=verdict or Filled(), about=about, invitation=invitation or Filled(),
        withdrawal=withdrawal or Filled(), waiting=await _waiting_counts(tx),
        reason_min=LENGTH_MIN, reason_max=LENGTH_MAX,
    )  # fmt: skip


async def _asked(tx: Tx, after: str | None) -> Page[identity.CreatorRequest]:
    rows = await identity.creator_requests_waiting(tx, after=place_of(after), limit=PAGE + 1)
    return page_of(rows, PAGE, lambda one: _cursor(one.at, one.id))


async def _invited(tx: Tx, after: str | None) -> Page[identity.Invitation]:
    rows = await identity.invitations(tx, after=place_of(after), limit=PAGE + 1)
    return page_of(rows, PAGE, lambda one: _cursor(one.at, one.id))


async def _creators(tx: Tx, after: str | None) -> Page[identity.Creator]:
    rows = await identity.creators(tx, after=place_of(after), limit=PAGE + 1)
    return page_of(rows, PAGE, lambda one: _cursor(one.since, one.person.id))


def _cursor(at: datetime, last_id: str) -> str:
    return encode_cursor(at.isoformat(), last_id)


async def _persons(
    tx: Tx, asked: Sequence[identity.CreatorRequest], invited: Sequence[identity.Invitation]
) -> dict[str, identity.Person]:
    ids = [one.person_id for one in asked] + [one.made_by for one in invited]
    return await identity.persons(tx, ids + [one.used_by for one in invited if one.used_by])


async def _listings(tx: Tx, person_ids: Sequence[str]) -> dict[str, int]:
    """How many listings each of them has, of whatever status; those without any are left out."""
    rows = await tx.fetch(
        """select creator_id, count(*) as listings from listing
           where creator_id = any($1::text[]) group by creator_id""",
        list(person_ids),
    )
    return {row["creator_id"]: row["listings"] for row in rows}


async def _waiting_counts(tx: Tx) -> dict[str, int]:
    """For the tabs of the operator's pages."""
    count, _since = await identity.creator_requests_count(tx)
    return {"creators": count, **(await queues(tx)).counts}
