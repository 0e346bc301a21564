"""What customers are owed: what goes back by itself, what the gateway refuses, what is sent by the operator's bank."""

from typing import Annotated, Any

from fastapi import Path
from pydantic import Field
from starlette.responses import Response

from arena.kit.money import Money
from arena.money import billing
from arena.money.billing import operators
from arena.web.page import Filled, Form, Line, Pages, Visit, VisitDep, _
from arena.web.pages.operator.gateway_words import NAMES
from arena.web.pages.operator.room import OPERATOR
from arena.web.views.desk import names_of, queues

routes = Pages()
HERE = "/operator/owed"
AttemptId = Annotated[str, Path(pattern=r"^pay_[0-9a-z]{1,40}$")]
PersonId = Annotated[str, Path(pattern=r"^[a-z]+_[0-9a-z]{1,40}$")]


class SentForm(Form):
    """`amount` in minor units, as the page showed it: what changed meanwhile is not sent blindly."""

    reference: Annotated[str, Field(pattern=r"^[a-z]+_[0-9a-z]{1,40}$")]
    amount: int = Field(gt=0, le=10**12)
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]
    bank_reference: Annotated[Line, Field(min_length=1, max_length=140)]


@routes.get(HERE, gate=OPERATOR)
async def show(visit: VisitDep) -> Response:
    return await _page(visit, Filled())


@routes.post(f"{HERE}/{{attempt_id}}/retry", gate=OPERATOR)
async def retry(visit: VisitDep, attempt_id: AttemptId) -> Response:
    form = await visit.form(Form)
    if form.model is not None:
        async with visit.trying(form):
            await operators.retry_owed(
                visit.tx, attempt_id, actor=visit.actor, request_id=visit.call.request_id
            )
            return visit.go(HERE, said=_("The gateway is asked once more within the hour."))
    return await _page(visit, form)


@routes.post(f"{HERE}/{{person_id}}/sent", gate=OPERATOR)
async def sent(visit: VisitDep, person_id: PersonId) -> Response:
    form = await visit.form(SentForm)
    if form.model is not None:
        said = form.model
        owed = (person_id, said.reference, Money(said.amount, said.currency))
        async with visit.trying(form):
            await operators.sent_by_hand(
                visit.tx, owed, bank_reference=said.bank_reference, intent=visit.call.intent, actor=visit.actor,
                request_id=visit.call.request_id,
            )  # fmt: skip
            return visit.go(HERE, said=_("Booked as sent by your bank."))
    return await _page(visit, form)


async def _page(visit: Visit, form: Filled[Any]) -> Response:
    async with visit.call.db.transaction(readonly=True) as tx:
        found = await operators.what_is_owed(tx)
        by = frozenset({billing.choose_gateway(visit.call.db, visit.settings).name})
        stuck = [one for one in found if one.waits_for_operator(by)]
        return visit.page(
            "operator/owed.html", status=form.status, form=form, stuck=stuck,
            going=[one for one in found if one not in stuck], names=NAMES,
            people=await names_of(tx, {one.person_id for one in found}), waiting=(await queues(tx)).counts,
        )  # fmt: skip
