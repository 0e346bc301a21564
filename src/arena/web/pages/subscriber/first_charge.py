"""The first charge, where the card asks for its holder: explain, confirm, or give it up. And where it stands."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Path
from starlette.responses import Response

from arena.kit.db import Tx
from arena.marketplace import listings, subscriptions
from arena.marketplace.subscriptions import Status
from arena.money import billing
from arena.people.access import Actor, needs
from arena.web.page import Filled, Form, Pages, Visit, VisitDep, _
from arena.web.page.explain import decline_words
from arena.web.page.numbers import money
from arena.web.views.offer import NAMES

routes = Pages()
BUYS = needs("subscriptions:write", kinds=("person",))
AttemptId = Annotated[str, Path(pattern=r"^pay_[0-9a-z]{26}$")]


class Answer(Form):
    """What the card's holder says."""

    answer: Literal["confirm", "give_up"]


@dataclass(frozen=True, slots=True)
class Charged:
    """A charge with what it is for."""

    charge: billing.Charge
    subscription: subscriptions.Subscription
    listing: listings.Listing

    @property
    def first(self) -> bool:
        """Whether the subscription begins with it; giving up a renewal would end what runs."""
        return self.subscription.status is Status.INCOMPLETE

    @property
    def change(self) -> bool:
        """Whether it is for another tier, which begins with it."""
        return self.charge.reference != self.subscription.id


@routes.get("/subscribe/confirm/{attempt_id}", gate=BUYS)
async def confirmation(visit: VisitDep, attempt_id: AttemptId) -> Response:
    charged = await _charged(visit.tx, attempt_id, visit.actor)
    if charged.charge.state == "succeeded":
        return visit.go(f"/subscriptions/{charged.subscription.id}")
    return _page(visit, charged, Filled[Answer]())


@routes.post("/subscribe/confirm/{attempt_id}", gate=BUYS, conducts=True)
async def confirm(visit: VisitDep, attempt_id: AttemptId) -> Response:
    form = await visit.form(Answer)
    async with visit.call.db.transaction(readonly=True) as tx:
        charged = await _charged(tx, attempt_id, visit.actor)
    if form.model is not None:
        async with visit.trying(form):
            if form.model.answer == "confirm":
                return await _confirm(visit, charged)
            if charged.first:
                return await _give_up(visit, charged)
    async with visit.call.db.transaction(readonly=True) as tx:
        return _page(visit, await _charged(tx, attempt_id, visit.actor), form)


async def _confirm(visit: Visit, charged: Charged) -> Response:
    """Raises NothingToConfirm, GatewayUnavailable."""
    db, call = visit.call.db, visit.call
    attempt = await billing.confirm(
        db, billing.choose_gateway(db, call.settings), charged.charge.id, actor=visit.actor, request_id=call.request_id
    )  # fmt: skip
    async with db.transaction() as tx:
        found = await subscriptions.apply(tx, attempt)
    if attempt.state != "succeeded":
        return visit.go(f"/subscribe/confirm/{attempt.id}")
    return visit.go(
        f"/subscriptions/{found.id}",
        said=_(
            "%(tier)s of %(title)s is yours: %(price)s are paid.",
            tier=_(NAMES[found.tier]), title=charged.listing.words.title, price=money(found.amount),
        ),
    )  # fmt: skip


async def _give_up(visit: Visit, charged: Charged) -> Response:
    """Raises ChargeUnderWay, GatewayUnavailable. A charge that went through meanwhile counts, and its month is
    served."""
    db, call = visit.call.db, visit.call
    found = await subscriptions.cancel(
        db, billing.choose_gateway(db, call.settings), charged.subscription.id, at="period_end", actor=visit.actor,
        request_id=call.request_id,
    )  # fmt: skip
    if found.status is not Status.ENDED:
        return visit.go(
            f"/subscriptions/{found.id}",
            said=_("The charge had gone through already. The subscription ends with the month that is paid."),
        )  # fmt: skip
    return visit.go(f"/listings/{found.listing_id}", said=_("Given up. Nothing was charged."))


def _page(visit: Visit, charged: Charged, form: Filled[Answer]) -> Response:
    return visit.page(
        "subscriber/checkout-confirm.html", status=form.status, form=form, charged=charged,
        tier_name=NAMES[charged.subscription.tier], why=decline_words(charged.charge.decline_code),
        bank_details=visit.settings.bank_details,
    )  # fmt: skip


async def _charged(tx: Tx, attempt_id: str, actor: Actor) -> Charged:
    """Raises AttemptUnknown."""
    charge = await billing.charge(tx, actor.id, attempt_id)
    found = await subscriptions.charged(tx, charge.reference)
    return Charged(charge, found, await listings.listing(tx, found.listing_id))
