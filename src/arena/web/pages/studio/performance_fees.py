"""Performance fees of a creator: the terms he offers, who copies under them, what is earned and closed."""

import re
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import AfterValidator, Field
from starlette.responses import Response

from arena.kit.money import Money
from arena.money import performance_fees as fees
from arena.people.access import needs
from arena.web.page import Filled, Form, Pages, Visit, VisitDep, _
from arena.web.views.desk import names_of
from arena.web.views.fee_contract import (
    BILLS,
    MODES,
    OUTCOMES,
    PERIODS,
    POLICIES,
    STATES,
    ContractId,
    StatementId,
    fee_view,
    standings,
    statement_answer,
)

routes = Pages()
CREATOR = needs("listings:write", kinds=("person",))
HERE = "/studio/performance-fees"
PAGE = 50
_PERCENT = re.compile(r"(\d{1,2})(?:\.(\d{1,2}))? ?%?", re.ASCII)


def bps(text: str) -> str:
    """20 or 12.5 %: 2000 or 1250 in 1/10,000. Raises ValueError, with words for whoever typed it."""
    found = _PERCENT.fullmatch(text.strip())
    if found is None:
        raise ValueError(_("Per cent, like 20 or 12.5."))
    return str(int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")))


def _thousands(text: str) -> str:
    plain = text.replace(",", "").replace("$", "").strip()
    if not re.fullmatch(r"\d{1,9}", plain, re.ASCII):
        raise ValueError(_("Whole dollars, like 10,000."))
    return plain


class Offer(Form):
    """Terms from now on; contracts that there are keep theirs."""

    policy: fees.Policy
    rate: Annotated[str, AfterValidator(bps)]
    period: Literal["month", "quarter"]
    minimum: Annotated[str, AfterValidator(_thousands)]


class Lower(Form):
    rate: Annotated[str, AfterValidator(bps), Field(max_length=10)]


@routes.get(HERE, gate=CREATOR)
async def show(
    visit: VisitDep, after: Annotated[str, Query(pattern=r"^(pfc_[0-9a-z]{26})?$")] = ""
) -> Response:
    return await _page(visit, Filled(), after=after)


@routes.post(HERE, gate=CREATOR)
async def offer(visit: VisitDep) -> Response:
    form = await visit.form(Offer)
    if form.model is not None:
        sent = form.model
        async with visit.trying(form):
            terms = fees.Terms(sent.policy, int(sent.rate), sent.period, int(sent.minimum) * 100)
            await fees.set_offer(
                visit.tx, visit.actor.id, terms, actor=visit.actor, request_id=visit.call.request_id
            )
            return visit.go(HERE, _("Offered. Who agrees from now on agrees to this."))
    return await _page(visit, form)


@routes.get(f"{HERE}/{{contract_id}}", gate=CREATOR)
async def contract(visit: VisitDep, contract_id: ContractId) -> Response:
    return await _contract(visit, contract_id, Filled())


@routes.post(f"{HERE}/{{contract_id}}/rate", gate=CREATOR)
async def lower(visit: VisitDep, contract_id: ContractId) -> Response:
    form = await visit.form(Lower)
    if form.model is not None:
        async with visit.trying(form):
            await fees.change_rate(
                visit.tx, contract_id, int(form.model.rate), creator_id=visit.actor.id,
                request_id=visit.call.request_id,
            )  # fmt: skip
            return visit.go(f"{HERE}/{contract_id}", _("It holds from the next period on."))
    return await _contract(visit, contract_id, form)


@routes.get(f"{HERE}/statements/{{statement_id}}/json", gate=CREATOR)
async def statement(visit: VisitDep, statement_id: StatementId) -> Response:
    return await statement_answer(visit, statement_id)


async def _page(visit: Visit, form: Filled[Any], *, after: str = "") -> Response:
    tx, me = visit.tx, visit.actor.id
    found = await fees.contracts(tx, creator_id=me, after=after, limit=PAGE + 1)
    shown = found[:PAGE]
    try:
        offered = await fees.offer_of(tx, me)
    except fees.NoOffer:
        offered = None
    modes = await fees.modes(tx)
    return visit.page(
        "studio/performance-fees.html", status=form.status, form=form, offered=offered, terms=offered or fees.Terms(),
        lines=await standings(tx, shown, me), names=await names_of(tx, [one.copier.person_id for one in shown]),
        next=shown[-1].id if len(found) > PAGE else "", after=after,
        policies=[(key, _(words[0])) for key, words in POLICIES.items()], explained=POLICIES,
        periods=[(key, _(words)) for key, words in PERIODS.items()], period_words=PERIODS, states=STATES,
        modes=MODES, cents=Money, countries={mode: [c for c, m in modes.items() if m == mode] for mode in MODES},
    )  # fmt: skip


async def _contract(visit: Visit, contract_id: str, form: Filled[Any]) -> Response:
    view = await fee_view(visit, contract_id)
    if view.now.contract.creator_id != visit.actor.id:
        raise fees.NoSuchContract(contract_id=contract_id)
    return visit.page(
        "studio/performance-fee.html", status=form.status, form=form, view=view, states=STATES, modes=MODES,
        policies=POLICIES, periods=PERIODS, outcomes=OUTCOMES, files=f"{HERE}/statements", bills=BILLS,
    )  # fmt: skip
