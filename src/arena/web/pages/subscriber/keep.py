"""One click each: take back a cancellation, a pause or a change, agree to a price, cool off."""

from typing import Annotated

from pydantic import Field
from starlette.responses import Response

from arena.kit.money import Money
from arena.marketplace import subscriptions
from arena.money.billing import choose_gateway
from arena.people.access import needs
from arena.web.page import Form, Pages, VisitDep, _
from arena.web.page.numbers import money
from arena.web.pages.subscriber.detail import own, show
from arena.web.pages.subscriber.watch import SubscriptionId

routes = Pages()
WRITES = needs("subscriptions:write", kinds=("person",))


class PriceForm(Form):
    """The price that was shown, in cents."""

    price: Annotated[int, Field(ge=1, le=10**12)]


@routes.post("/subscriptions/{subscription_id}/undo", gate=WRITES, conducts=True)
async def undo(visit: VisitDep, subscription_id: SubscriptionId) -> Response:
    form, call = await visit.form(Form), visit.call
    async with visit.trying(form):
        async with call.db.transaction(readonly=True) as tx:
            before = await own(tx, visit.actor, subscription_id)
        after = await subscriptions.take_back(
            call.db, choose_gateway(call.db, call.settings), subscription_id, actor=visit.actor,
            request_id=call.request_id,
        )  # fmt: skip
    if form.refusal:
        return await show(visit, subscription_id, form)
    if after.tier != before.tier:
        said = _("The payment had gone through already: the other tier has begun.")
    else:
        said = _("Taken back: it goes on as it is.")
    return visit.go(f"/subscriptions/{subscription_id}", said=said)


@routes.post("/subscriptions/{subscription_id}/price", gate=WRITES, conducts=True)
async def agree(visit: VisitDep, subscription_id: SubscriptionId) -> Response:
    form, call = await visit.form(PriceForm), visit.call
    if form.model is None:
        return await show(visit, subscription_id, form)
    async with visit.trying(form), call.db.transaction() as tx:
        found = await own(tx, visit.actor, subscription_id)
        price = Money(form.model.price, found.amount.currency)
        await subscriptions.agree(
            tx, subscription_id, price, actor=visit.actor, request_id=call.request_id
        )
    if form.refusal:
        return await show(visit, subscription_id, form)
    said = _("Agreed: %(price)s from the next renewal on.", price=money(price))
    return visit.go(f"/subscriptions/{subscription_id}", said=said)


@routes.post("/subscriptions/{subscription_id}/cooling-off", gate=WRITES, conducts=True)
async def cool_off(visit: VisitDep, subscription_id: SubscriptionId) -> Response:
    form, call = await visit.form(Form), visit.call
    async with visit.trying(form), call.db.transaction() as tx:
        await subscriptions.cool_off(
            tx, subscription_id, actor=visit.actor, request_id=call.request_id
        )
    if form.refusal:
        return await show(visit, subscription_id, form)
    said = _("It has ended, and what you paid is owed back to you.")
    return visit.go(f"/subscriptions/{subscription_id}", said=said)
