"""A card typed elsewhere: off to the payment provider's page, and back; or bank transfer taken as the way to pay."""

from typing import Annotated

from fastapi import Path
from pydantic import Field
from starlette.responses import Response

from arena.money import billing
from arena.people.access import needs
from arena.web.page import Form, Pages, VisitDep, _

routes = Pages()
BACK = r"^/(account/cards|subscribe/[a-z0-9_]{1,60}/[a-z]{1,20}|subscriptions(/[a-z0-9_]{1,60})?)$"
VisitId = Annotated[str, Path(pattern=r"^cvs_[0-9a-z]{1,40}$")]


class NewVisit(Form):
    """Where the person comes from and goes back to: a checkout, a subscription."""

    back: Annotated[str, Field(pattern=BACK)] = "/subscriptions"


@routes.post("/cards/visits", gate=needs("subscriptions:write", kinds=("person",)), conducts=True)
async def begin(visit: VisitDep) -> Response:
    form = await visit.form(NewVisit)
    back = form.model.back if form.model is not None else "/subscriptions"
    call = visit.call
    gateway = billing.choose_gateway(call.db, visit.settings)
    to, said = back, ""
    async with visit.trying(form):
        if gateway.cards == "none":
            async with call.db.transaction() as tx:
                await billing.keep_card(
                    tx, gateway=gateway, number=billing.TRANSFER, actor=visit.actor, request_id=call.request_id
                )  # fmt: skip
            said = _("You pay by bank transfer. What to transfer, and where to, comes next.")
        else:
            begun = await billing.begin_visit(
                call.db, gateway, back=back, actor=visit.actor, intent=call.intent, request_id=call.request_id
            )  # fmt: skip
            to = f"/cards/visits/{begun.id}"
    if form.refusal is not None:
        raise form.refusal
    return visit.go(to, said=said or None)


@routes.get(
    "/cards/visits/{visit_id}", gate=needs("subscriptions:write", kinds=("person",)), conducts=True
)
async def come_back(visit: VisitDep, visit_id: VisitId) -> Response:
    """The way to the provider's page, and where it sends a person back to; looking again changes nothing. A link
    leads there: a form must not, for the sake of the page's policy."""
    call = visit.call
    seen, card = await billing.end_visit(
        call.db, billing.choose_gateway(call.db, visit.settings), visit_id, actor=visit.actor,
        request_id=call.request_id,
    )  # fmt: skip
    if card is None:
        return visit.page("subscriber/card-visit.html", seen=seen)
    return visit.go(seen.back, said=_("%(card)s is kept. Choose it below.", card=card.label))
