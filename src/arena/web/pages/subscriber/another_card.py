"""Pay with another card: one of those kept, or a new one; what is past due is charged to it at once."""

from typing import Annotated

from pydantic import Field
from starlette.responses import Response

from arena.marketplace import subscriptions
from arena.marketplace.subscriptions import Status, Subscription
from arena.money import billing
from arena.people.access import needs
from arena.web.page import Form, Pages, Visit, VisitDep, _
from arena.web.page.explain import decline_words
from arena.web.pages.subscriber.card import CHOICE, NEW, card_of
from arena.web.pages.subscriber.detail import own, show
from arena.web.pages.subscriber.standing import moment
from arena.web.pages.subscriber.watch import SubscriptionId

routes = Pages()


class CardForm(Form):
    """`method` is a kept card, or `new` for the one whose number is in `card`."""

    method: Annotated[str, Field(pattern=CHOICE)]
    card: Annotated[str, Field(pattern=r"^[0-9 ]{12,23}$")] | None = None


@routes.post(
    "/subscriptions/{subscription_id}/card",
    gate=needs("subscriptions:write", kinds=("person",)),
    conducts=True,
)
async def another_card(visit: VisitDep, subscription_id: SubscriptionId) -> Response:
    form = await visit.form(CardForm)
    if form.model is not None and form.model.method == NEW and form.model.card is None:
        form.errors["card"] = _("Fill this in.")
    if form.model is None or form.errors:
        return await show(visit, subscription_id, form)
    async with visit.trying(form):
        async with visit.call.db.transaction(readonly=True) as tx:
            before = await own(tx, visit.actor, subscription_id)
        card_id = await card_of(visit, form.model.method, form.model.card)
        after = await subscriptions.pay_with(
            visit.call.db, billing.choose_gateway(visit.call.db, visit.call.settings), (subscription_id, card_id),
            actor=visit.actor, request_id=visit.call.request_id,
        )  # fmt: skip
    if form.refusal:
        return await show(visit, subscription_id, form)
    return await _answer(visit, before, after)


async def _answer(visit: Visit, before: Subscription, after: Subscription) -> Response:
    """What has become of it: paid, declined again, waiting for the bank, or simply another card from now on."""
    path = f"/subscriptions/{after.id}"
    if after.disputed and after.status is not Status.ENDED:
        said = _("This card pays from now on. Nothing is charged while the bank decides.")
        return visit.go(path, said=said)
    if after.status is Status.PAST_DUE:
        async with visit.call.db.transaction(readonly=True) as tx:
            last = (await billing.charges(tx, visit.actor.id, after.id, limit=1))[0]
        if last.state == "requires_action":
            return visit.go(path, said=_("Your bank asks for a confirmation."), tone="bad")
        why = decline_words(last.decline_code)
        return visit.go(path, said=_("Not paid. ") + why + _(" Try another card."), tone="bad")
    if after.status is Status.ENDED:  # it was the last retry
        return visit.go(
            path, said=_("Not paid, and it was the last try: it has ended."), tone="bad"
        )
    if before.status is Status.PAST_DUE and after.period_end is not None:
        until = moment(after.period_end)
        return visit.go(
            path, said=_("Paid. The month that was due runs until %(until)s.", until=until)
        )
    return visit.go(path, said=_("From now on this card pays."))
