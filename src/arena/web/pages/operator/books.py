"""Books beside the gateways': when they were compared, lines in one only, and explanations that two people sign."""

from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import Field
from starlette.responses import Response

from arena.kit.money import Money
from arena.money import billing
from arena.money.billing import operators
from arena.web.page import N_, Filled, Form, Pages, Visit, VisitDep, _
from arena.web.pages.operator.gateway_words import FAILURES, NAMES
from arena.web.pages.operator.reason import LENGTH_MAX, Reason
from arena.web.pages.operator.room import OPERATOR
from arena.web.views.desk import names_of, queues

routes = Pages()
HERE = "/operator/books"
ExplanationId = Annotated[str, Path(pattern=r"^bex_[0-9a-z]{1,40}$")]
Lines = Annotated[str, Field(pattern=r"^[A-Za-z0-9_:., -]*$", max_length=4000)]
STATES: dict[str, tuple[str, str]] = {
    "asked": (N_("waits for another operator"), "warn"), "signed": (N_("signed"), "good"),
    "withdrawn": (N_("withdrawn"), "plain"),
}  # fmt: skip


class ExplanationForm(Form):
    """`ours` and `theirs` are the lines that were ticked, `booked` journals or adjustments that are named beside."""

    gateway: Literal["fake", "manual", "stripe"]
    ours: Lines = ""
    theirs: Lines = ""
    booked: Lines = ""
    reason: Reason


class Decision(Form):
    act: Literal["sign", "withdraw"]


@routes.get(HERE, gate=OPERATOR)
async def show(visit: VisitDep) -> Response:
    return await _page(visit, Filled())


@routes.post(f"{HERE}/compare", gate=OPERATOR, conducts=True)
async def compare(visit: VisitDep) -> Response:
    form = await visit.form(Form)
    if form.model is not None:
        async with visit.trying(form):
            gateways = billing.gateways_in_use(visit.call.db, visit.settings)
            await operators.compare_now(
                visit.call.db, gateways, actor=visit.actor, request_id=visit.call.request_id
            )
            return visit.go(HERE, said=_("Compared just now, with every gateway."))
    return await _page(visit, form)


@routes.post(f"{HERE}/explanations", gate=OPERATOR)
async def ask(visit: VisitDep) -> Response:
    form = await visit.form(ExplanationForm)
    if form.model is not None:
        sent = form.model
        new = operators.NewExplanation(
            sent.gateway, _split(f"{sent.ours} {sent.booked}"), _split(sent.theirs), sent.reason
        )
        async with visit.trying(form):
            await operators.ask_explanation(
                visit.tx, new, actor=visit.actor, intent=visit.call.intent, request_id=visit.call.request_id
            )  # fmt: skip
            return visit.go(HERE, said=_("Kept. The lines match when another operator has signed."))
    return await _page(visit, form)


@routes.post(f"{HERE}/explanations/{{explanation_id}}", gate=OPERATOR)
async def decide(visit: VisitDep, explanation_id: ExplanationId) -> Response:
    form = await visit.form(Decision)
    if form.model is not None:
        async with visit.trying(form):
            act, said = operators.withdraw_explanation, _("Withdrawn; nothing was explained.")
            if form.model.act == "sign":
                act, said = operators.sign_explanation, _("Signed: the lines count as matched.")
            await act(visit.tx, explanation_id, actor=visit.actor, request_id=visit.call.request_id)
            return visit.go(HERE, said=said)
    return await _page(visit, form, about=explanation_id)


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.replace(",", " ").split())


async def _page(visit: Visit, form: Filled[Any], *, about: str = "") -> Response:
    async with visit.call.db.transaction(readonly=True) as tx:
        names = [one.name for one in billing.gateways_in_use(visit.call.db, visit.settings)]
        # A gateway that is not used any more may have left lines behind.
        apart = {name: await billing.unmatched(tx, name) for name in operators.GATEWAYS}
        overdue = {one.gateway: one for one in await billing.comparisons(tx)}
        found = await operators.explanations(tx)
        return visit.page(
            "operator/books.html", status=form.status, form=form, about=about, names=NAMES, money=Money,
            compared=[(name, await billing.last_compared(tx, name), overdue.get(name)) for name in names],
            apart={name: lines for name, lines in apart.items() if lines}, agree=await billing.books_agree(tx),
            failures=FAILURES, explanations=found, states=STATES, me=visit.actor.id, reason_max=LENGTH_MAX,
            people=await names_of(tx, {one.asked_by for one in found}), waiting=(await queues(tx)).counts,
        )  # fmt: skip
