"""Another tier or period: what it comes to, to the cent, and the button that does exactly that."""

from datetime import datetime
from typing import Annotated

from fastapi import Path
from pydantic import AwareDatetime, Field
from starlette.responses import Response

from arena.kit.money import Money
from arena.marketplace import listings, subscriptions
from arena.marketplace.subscriptions import Agreed, Changed, ChangeState, NewTerms
from arena.money import billing
from arena.people.access import needs
from arena.web.page import Filled, Form, Pages, Visit, VisitDep, _
from arena.web.page.numbers import money
from arena.web.pages.subscriber.standing import moment, standing
from arena.web.pages.subscriber.watch import SubscriptionId
from arena.web.views.offer import NAMES

routes = Pages()
WRITES = needs("subscriptions:write", kinds=("person",))
TierName = Annotated[str, Path(pattern=r"^(basic|pro|enterprise)$")]
PeriodName = Annotated[listings.Period, Path()]
PATH = "/subscriptions/{subscription_id}/change/{tier}/{period}"


class Figures(Form):
    """What the page showed: the charge in cents, reckoned for the moment `at`."""

    charge: Annotated[int, Field(ge=0, le=10**12)]
    at: AwareDatetime


@routes.get(PATH, gate=WRITES, conducts=True)
async def other_tier(
    visit: VisitDep, subscription_id: SubscriptionId, tier: TierName, period: PeriodName
) -> Response:
    return await _page(visit, NewTerms(subscription_id, tier, period), Filled[Figures]())


@routes.post(PATH, gate=WRITES, conducts=True)
async def take(
    visit: VisitDep, subscription_id: SubscriptionId, tier: TierName, period: PeriodName
) -> Response:
    form, call = await visit.form(Figures), visit.call
    wish = NewTerms(subscription_id, tier, period)
    if form.model is not None:
        async with visit.trying(form):
            async with call.db.transaction(readonly=True) as tx:
                found = await subscriptions.own(tx, subscription_id, visit.actor)
            agreed = Agreed(
                call.intent, Money(form.model.charge, found.amount.currency), form.model.at, call.request_id
            )  # fmt: skip
            done = await subscriptions.change(
                call.db, billing.choose_gateway(call.db, call.settings), wish, actor=visit.actor,
                agreed=agreed,
            )  # fmt: skip
            return await _onwards(visit, done)
    return await _page(visit, wish, form)


async def _onwards(visit: Visit, done: Changed) -> Response:
    change, path = done.change, f"/subscriptions/{done.subscription.id}"
    if done.action_url is not None:
        async with visit.call.db.transaction(readonly=True) as tx:
            attempt = await billing.first_attempt(tx, change.id)
        return visit.go(f"/subscribe/confirm/{attempt.id}")
    name = _(NAMES[change.tier])
    if change.state is ChangeState.SCHEDULED:
        return visit.go(path, said=_said_later(name, change.at))
    if not change.charge.minor:
        return visit.go(
            path, said=_("%(tier)s from this moment on; nothing was charged.", tier=name)
        )
    return visit.go(
        path,
        said=_("%(tier)s from this moment on: %(price)s were paid.", tier=name, price=money(change.charge)),
    )  # fmt: skip


def _said_later(name: str, at: datetime) -> str:
    return _("%(tier)s from %(at)s on. Until then you can take it back.", tier=name, at=moment(at))


async def _page(visit: Visit, wish: NewTerms, form: Filled[Figures]) -> Response:
    """The figures of this moment; where the change is refused, why. Raises NoSuchSubscription."""
    async with visit.call.db.transaction(readonly=True) as tx:
        found = await subscriptions.own(tx, wish.subscription_id, visit.actor)
        how = await standing(tx, found)
        quote = None
        async with visit.trying(form if form.refusal is None else Filled[Figures]()):
            quote = await subscriptions.quote(tx, wish, actor=visit.actor)
    return visit.page(
        "subscriber/change.html", status=form.status, form=form, standing=how, quote=quote, wish=wish,
        name=NAMES[wish.tier],
    )  # fmt: skip
