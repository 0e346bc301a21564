"""Corrections of the ledger: what one operator asks for, what waits for another one's signature, what was posted."""

from typing import Annotated

from fastapi import Path, Query
from pydantic import AfterValidator, Field
from starlette.responses import Response

from arena.kit.money import Money
from arena.money import adjustments, ledger
from arena.money.adjustments import NewAdjustment, State
from arena.web.page import Filled, Form, Pages, Visit, VisitDep, _
from arena.web.pages.operator.amount import Amount, minor
from arena.web.pages.operator.reason import LENGTH_MAX, Reason
from arena.web.pages.operator.room import OPERATOR
from arena.web.views.desk import names_of, other_operators, queues

routes = Pages()
HERE = "/operator/adjustments"
AdjustmentId = Annotated[str, Path(pattern=r"^adj_[0-9a-z]{26}$")]
Text = Annotated[str, Query(max_length=80)]
TONES = {State.ASKED: "warn", State.POSTED: "good", State.WITHDRAWN: "plain"}


def _something(text: str) -> str:
    if not minor(text):
        raise ValueError(_("More than nothing."))
    return text


class AdjustmentForm(Form):
    """`amount` in whole units and cents, as people write it; `reference` may stay empty."""

    debit: Annotated[str, Field(pattern=r"^[a-z0-9_:]{1,80}$")]
    credit: Annotated[str, Field(pattern=r"^[a-z0-9_:]{1,80}$")]
    amount: Annotated[Amount, AfterValidator(_something)]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] = "USD"
    reference: Annotated[str, Field(pattern=r"^([a-z]+_[0-9a-z]{1,40})?$")] = ""
    reason: Reason


@routes.get(HERE, gate=OPERATOR)
async def show(visit: VisitDep, reference: Text = "") -> Response:
    """`reference` is filled into the form: where a page says that something has to be set right, it leads here."""
    return await _page(visit, Filled(), reference=reference)


@routes.post(HERE, gate=OPERATOR)
async def ask(visit: VisitDep) -> Response:
    form = await visit.form(AdjustmentForm)
    if form.model is not None:
        wanted = form.model
        amount = Money(minor(wanted.amount), wanted.currency)
        new = NewAdjustment(
            wanted.debit, wanted.credit, amount, wanted.reason, wanted.reference or None
        )
        async with visit.trying(form):
            await adjustments.ask(
                visit.tx, new, intent=visit.call.intent, actor=visit.actor, request_id=visit.call.request_id
            )  # fmt: skip
            return visit.go(HERE, said=_("Asked for. It is posted when another operator signs it."))
    return await _page(visit, form)


@routes.post(f"{HERE}/{{adjustment_id}}/sign", gate=OPERATOR)
async def sign(visit: VisitDep, adjustment_id: AdjustmentId) -> Response:
    form = await visit.form(Form)
    if form.model is not None:
        async with visit.trying(form):
            await adjustments.sign(
                visit.tx, adjustment_id, actor=visit.actor, request_id=visit.call.request_id
            )
            return visit.go(HERE, said=_("Signed and posted."))
    return await _page(visit, form)


@routes.post(f"{HERE}/{{adjustment_id}}/withdraw", gate=OPERATOR)
async def withdraw(visit: VisitDep, adjustment_id: AdjustmentId) -> Response:
    form = await visit.form(Form)
    if form.model is not None:
        async with visit.trying(form):
            await adjustments.withdraw(
                visit.tx, adjustment_id, actor=visit.actor, request_id=visit.call.request_id
            )
            return visit.go(HERE, said=_("Withdrawn. Nothing was posted."))
    return await _page(visit, form)


async def _page(
    visit: Visit, form: Filled[AdjustmentForm] | Filled[Form], *, reference: str = ""
) -> Response:
    found = await adjustments.adjustments(visit.tx)
    people = {one.asked_by for one in found} | {one.decided_by for one in found if one.decided_by}
    return visit.page(
        "operator/adjustments.html", status=form.status, form=form, reference=reference, tones=TONES,
        asked=[one for one in found if one.state is State.ASKED],
        decided=[one for one in found if one.state is not State.ASKED],
        names=await names_of(visit.tx, people), me=visit.actor.id, chart=ledger.CHART, reason_max=LENGTH_MAX,
        codes=[one.code for one in await ledger.balances(visit.tx, "")][:300],
        alone=await other_operators(visit.tx, visit.actor.id) == 0, waiting=(await queues(visit.tx)).counts,
    )  # fmt: skip
