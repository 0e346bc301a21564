"""Performance fees for operators: where they are off, shown or charged, what copiers declare, contracts, statements."""

from typing import Annotated, Any

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from arena.kit.db import Tx
from arena.kit.money import Money
from arena.money import buyers, invoices
from arena.money import performance_fees as fees
from arena.web.page import Filled, Form, Pages, Visit, VisitDep, _
from arena.web.pages.operator.reason import LENGTH_MAX, Reason
from arena.web.pages.operator.room import OPERATOR, PAGE
from arena.web.views.desk import names_of, queues
from arena.web.views.fee_contract import MODES, POLICIES, STATES

routes = Pages()
HERE = "/operator/performance-fees"
STATEMENTS = 20


class Switch(Form):
    """What goes in a country, and why; `at_once`: a lower mode in open periods as well."""

    country: Annotated[str, Field(pattern=r"^[A-Za-z]{2}$")]
    mode: fees.Mode
    reason: Reason
    at_once: bool = False


@routes.get(HERE, gate=OPERATOR)
async def show(
    visit: VisitDep, after: Annotated[str, Query(pattern=r"^(pfc_[0-9a-z]{26})?$")] = ""
) -> Response:
    return await _page(visit, Filled(), after=after)


@routes.post(HERE, gate=OPERATOR)
async def switch(visit: VisitDep) -> Response:
    form = await visit.form(Switch)
    if form.model is not None:
        wanted = form.model
        async with visit.trying(form):
            country = wanted.country.upper()
            told = await fees.switch(
                visit.tx, country, wanted.mode, reason=wanted.reason, actor=visit.actor, at_once=wanted.at_once,
                request_id=visit.call.request_id,
            )  # fmt: skip
            said = _(
                "In %(country)s performance fees are %(mode)s, for periods that begin from now on. Contracts whose"
                " copier and creator have a letter: %(told)s.",
                country=country, mode=_(MODES[wanted.mode][0]), told=told,
            )  # fmt: skip
            return visit.go(HERE, said)
    return await _page(visit, form)


async def _page(visit: Visit, form: Filled[Any], *, after: str = "") -> Response:
    tx = visit.tx
    found = await fees.all_contracts(tx, after=after, limit=PAGE + 1)
    shown = found[:PAGE]
    made = await fees.newest_statements(tx, STATEMENTS)
    people = [one.copier.person_id for one in shown] + [one.creator_id for one in shown]
    lines = [(one, await _billed_elsewhere(tx, one)) for one in shown]
    return visit.page(
        "operator/performance-fees.html", status=form.status, form=form, rules=await fees.modes(tx), modes=MODES,
        choices=[(mode, _(words[0])) for mode, words in MODES.items()], lines=lines,
        bills={one.id: bill.id for one in made if one.charged and (bill := await invoices.of_source(tx, one.id))},
        names=await names_of(tx, people), states=STATES, policies=POLICIES, cents=Money, statements=made,
        next=shown[-1].id if len(found) > PAGE else "", after=after, reason_max=LENGTH_MAX,
        waiting=(await queues(tx)).counts, late=await fees.late_flows(tx, STATEMENTS),
    )  # fmt: skip


async def _billed_elsewhere(tx: Tx, found: fees.Contract) -> str:
    """The country a copier's invoices go to, where it is another one than he declares."""
    billed = await buyers.details(tx, found.copier.person_id)
    declared = found.next_copier or found.copier
    return "" if billed is None or billed.country == declared.country else billed.country
