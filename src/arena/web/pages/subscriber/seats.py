"""Seats: whom a subscriber lets in, and the page where the invited person takes the seat."""

from typing import Annotated

from fastapi import Path
from starlette.responses import Response

from arena.marketplace import listings
from arena.marketplace.subscriptions import seats
from arena.people import identity
from arena.people.access import needs, public
from arena.web.page import Filled, Form, Pages, Visit, VisitDep, _
from arena.web.page.answer import PRIVATE
from arena.web.pages.account.fields import Email
from arena.web.pages.subscriber.watch import SubscriptionId

routes = Pages()
READS = needs("subscriptions:read", kinds=("person",))
WRITES = needs("subscriptions:write", kinds=("person",))
SeatId = Annotated[str, Path(pattern=r"^set_[0-9a-z]{26}$")]
Token = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.-]{10,200}$")]


class InviteForm(Form):
    email: Email


@routes.get("/subscriptions/{subscription_id}/seats", gate=READS)
async def room(visit: VisitDep, subscription_id: SubscriptionId) -> Response:
    return await _room(visit, subscription_id, Filled())


@routes.post("/subscriptions/{subscription_id}/seats", gate=WRITES)
async def invite(visit: VisitDep, subscription_id: SubscriptionId) -> Response:
    form = await visit.form(InviteForm)
    if form.model is not None:
        async with visit.trying(form):
            seat = await seats.invite(
                visit.tx, subscription_id, form.model.email, actor=visit.actor,
                request_id=visit.call.request_id,
            )  # fmt: skip
            return visit.go(
                f"/subscriptions/{subscription_id}/seats",
                said=_("A letter with a link is on its way to %(email)s.", email=seat.email),
            )
    return await _room(visit, subscription_id, form)


@routes.post("/subscriptions/{subscription_id}/seats/{seat_id}/revoke", gate=WRITES)
async def revoke(visit: VisitDep, subscription_id: SubscriptionId, seat_id: SeatId) -> Response:
    form = await visit.form(Form)
    async with visit.trying(form):
        seat = await seats.revoke(
            visit.tx,
            (subscription_id, seat_id),
            actor=visit.actor,
            request_id=visit.call.request_id,
        )
    if form.refusal:
        return await _room(visit, subscription_id, form)
    said = _("%(email)s is let in no more.", email=seat.email)
    return visit.go(f"/subscriptions/{subscription_id}/seats", said=said)


@routes.get("/seats/{token}", gate=public("whoever holds the link may see what it is for"))
async def invitation(visit: VisitDep, token: Token) -> Response:
    return await _invitation(visit, token, Filled())


@routes.post("/seats/{token}", gate=WRITES)
async def claim(visit: VisitDep, token: Token) -> Response:
    form = await visit.form(Form)
    async with visit.trying(form):
        seat = await seats.claim(
            visit.tx, visit.settings.vault, token, actor=visit.actor,
            request_id=visit.call.request_id,
        )  # fmt: skip
    if form.refusal:
        return await _invitation(visit, token, form)
    said = _("The seat is yours: its signals stand below.")
    return visit.go(f"/access/{seat.listing_id}", said=said)


async def _room(
    visit: Visit, subscription_id: str, form: Filled[InviteForm] | Filled[Form]
) -> Response:
    found = await seats.room(visit.tx, subscription_id, visit.actor)
    holders = {
        seat.id: await identity.person(visit.tx, seat.person_id)
        for seat in found.people
        if seat.person_id is not None
    }
    return visit.page(
        "subscriber/seats.html", status=form.status, room=found, holders=holders, form=form,
        listing=await listings.listing(visit.tx, found.subscription.listing_id), days=seats.LINK_DAYS,
    )  # fmt: skip


async def _invitation(visit: Visit, token: str, form: Filled[Form]) -> Response:
    """What it is for, or that it is over; no cache keeps it for somebody else."""
    found = None
    async with visit.trying(form if form.refusal is None else Filled[Form]()):
        found = await seats.invitation(visit.tx, visit.settings.vault, token)
    return visit.page(
        "subscriber/invitation.html", status=form.status, caching=PRIVATE, found=found, form=form,
        token=token,
    )  # fmt: skip
