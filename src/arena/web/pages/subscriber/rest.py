"""Pause a subscription, and resume it: one click each."""

from typing import Annotated

from pydantic import Field
from starlette.responses import Response

from arena.marketplace import subscriptions
from arena.marketplace.subscriptions import PAUSE_MONTHS_MAX, Status
from arena.money.billing import choose_gateway
from arena.people.access import needs
from arena.web.page import Form, Pages, VisitDep, _
from arena.web.pages.subscriber.detail import show
from arena.web.pages.subscriber.standing import moment
from arena.web.pages.subscriber.watch import SubscriptionId

routes = Pages()
WRITES = needs("subscriptions:write", kinds=("person",))


class PauseForm(Form):
    """How many months it is to rest."""

    months: Annotated[int, Field(ge=1, le=PAUSE_MONTHS_MAX)]


@routes.post("/subscriptions/{subscription_id}/pause", gate=WRITES, conducts=True)
async def pause(visit: VisitDep, subscription_id: SubscriptionId) -> Response:
    form, call = await visit.form(PauseForm), visit.call
    if form.model is None:
        return await show(visit, subscription_id, form)
    async with visit.trying(form), call.db.transaction() as tx:
        found = await subscriptions.pause(
            tx, subscription_id, form.model.months, actor=visit.actor, request_id=call.request_id
        )
    if form.refusal:
        return await show(visit, subscription_id, form)
    assert found.period_end is not None
    said = _(
        "It rests from %(at)s on; nothing is charged then. Until then you can take that back.",
        at=moment(found.period_end),
    )
    return visit.go(f"/subscriptions/{subscription_id}", said=said)


@routes.post("/subscriptions/{subscription_id}/resume", gate=WRITES, conducts=True)
async def resume(visit: VisitDep, subscription_id: SubscriptionId) -> Response:
    form, call = await visit.form(Form), visit.call
    async with visit.trying(form):
        found = await subscriptions.unpause(
            call.db, choose_gateway(call.db, call.settings), subscription_id, actor=visit.actor,
            request_id=call.request_id,
        )  # fmt: skip
    if form.refusal:
        return await show(visit, subscription_id, form)
    if found.status is Status.ACTIVE:
        return visit.go(
            f"/subscriptions/{subscription_id}", said=_("It goes on: the period was paid.")
        )
    return visit.go(
        f"/subscriptions/{subscription_id}",
        said=_("The charge did not go through yet."),
        tone="warn",
    )
