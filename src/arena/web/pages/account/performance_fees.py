"""Performance fees of a copier: what he has agreed to with which account, where it stands, statements, the way out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Path
from pydantic import Field
from starlette.responses import Response

from arena.kit.errors import NotFound
from arena.kit.money import Money
from arena.money import performance_fees as fees
from arena.people import identity
from arena.people.access import needs
from arena.trading import performance, portfolio
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
from arena.web.views.fee_readings import agree_with, cents, leave_all

routes = Pages()
COPIER = needs("subscriptions:write", kinds=("person",))
HERE = "/account/performance-fees"
CreatorId = Annotated[str, Path(pattern=r"^usr_[0-9a-z]{26}$")]
ACCOUNTS_MAX = 50


class Agree(Form):
    """What the copier says of himself, for which account, and that he has read the terms."""

    account: Annotated[str, Field(pattern=r"^acc_[0-9a-z]{1,40}$")]
    country: Annotated[str, Field(pattern=r"^[A-Za-z]{2}$")]
    us_person: bool = False
    qualified_client: bool = False
    consent: bool = False
    rise: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """An account that may come under a contract, and what it holds; `enough` for the terms."""

    account_id: str
    name: str
    worth: Money
    enough: bool


@routes.get(HERE, gate=COPIER)
async def show(visit: VisitDep) -> Response:
    found = await fees.contracts(visit.tx, copier_id=visit.actor.id)
    return visit.page(
        "account/performance-fees.html", lines=await standings(visit.tx, found, visit.actor.id), states=STATES,
        names=await names_of(visit.tx, [one.creator_id for one in found]), modes=MODES, cents=Money,
    )  # fmt: skip


@routes.get(f"{HERE}/with/{{creator_id}}", gate=COPIER)
async def terms(visit: VisitDep, creator_id: CreatorId) -> Response:
    """A creator's terms in words, with an example, and the form to agree to them."""
    return await _terms(visit, creator_id, Filled())


@routes.post(f"{HERE}/with/{{creator_id}}", gate=COPIER)
async def agree(visit: VisitDep, creator_id: CreatorId) -> Response:
    form = await visit.form(Agree)
    if form.model is not None and not form.model.consent:
        form.errors["consent"] = _("Nothing is agreed without your consent: tick this first.")
    elif form.model is not None:
        said = form.model
        copier = fees.Copier(
            visit.actor.id, said.country.upper(), said.us_person, said.qualified_client
        )
        async with visit.trying(form):
            made = await agree_with(visit.call, copier, creator_id, said.account, rise=said.rise)
            return visit.go(f"{HERE}/{made.id}", _("Agreed. The account is read from now on."))
    return await _terms(visit, creator_id, form)


@routes.get(f"{HERE}/{{contract_id}}", gate=COPIER)
async def contract(visit: VisitDep, contract_id: ContractId) -> Response:
    return await _contract(visit, contract_id, Filled())


@routes.post(f"{HERE}/{{contract_id}}/leave", gate=COPIER)
async def leave(visit: VisitDep, contract_id: ContractId) -> Response:
    form = await visit.form(Form)
    if form.model is not None:
        async with visit.trying(form):
            await leave_all(visit.call, contract_id)
            return visit.go(
                f"{HERE}/{contract_id}",
                _("You have left. What is due by now is held until the period ends."),
            )
    return await _contract(visit, contract_id, form)


@routes.get(f"{HERE}/statements/{{statement_id}}/json", gate=COPIER)
async def statement(visit: VisitDep, statement_id: StatementId) -> Response:
    return await statement_answer(visit, statement_id)


async def _contract(visit: Visit, contract_id: str, form: Filled[Any]) -> Response:
    view = await fee_view(visit, contract_id)
    if view.now.contract.copier.person_id != visit.actor.id:
        raise fees.NoSuchContract(contract_id=contract_id)
    return visit.page(
        "account/performance-fee.html", status=form.status, form=form, view=view, states=STATES, modes=MODES,
        policies=POLICIES, periods=PERIODS, outcomes=OUTCOMES, files=f"{HERE}/statements", bills=BILLS,
    )  # fmt: skip


async def _terms(visit: Visit, creator_id: str, form: Filled[Any]) -> Response:
    """Raises NoOffer."""
    offered = await fees.offer_of(visit.tx, creator_id)
    had = await fees.contracts(visit.tx, copier_id=visit.actor.id, creator_id=creator_id)
    holds = fees.what_holds(had[0] if had else None, offered)
    modes = await fees.modes(visit.tx)
    return visit.page(
        "account/performance-fee-terms.html", status=form.status, form=form, terms=holds.terms, creator_id=creator_id,
        holds=holds, had=had[0] if had else None, offered=offered,
        names=await names_of(visit.tx, [creator_id]), policies=POLICIES, periods=PERIODS, cents=Money,
        choices=await _choices(visit, holds.terms), modes=MODES,
        countries={mode: [c for c, m in modes.items() if m == mode] for mode in ("charged", "shadow")},
    )  # fmt: skip


async def _choices(visit: Visit, terms: fees.Terms) -> Sequence[Choice]:
    """The person's own open accounts, and those of collectives of his."""
    tx, me = visit.tx, visit.actor.id
    mine = await identity.collectives(tx, owner_id=me, limit=ACCOUNTS_MAX)
    names = {one.id: one.name for one in mine} | {me: _("Yours")}
    found = await portfolio.accounts_of(tx, me)
    if mine:
        found += await portfolio.collective_accounts(
            tx, owner_ids=[one.id for one in mine], limit=ACCOUNTS_MAX
        )
    choices = []
    for one in [each for each in found if each.closed_at is None][:ACCOUNTS_MAX]:
        try:
            worth = cents(await performance.worth_at(tx, one.id, tx.now))
        except NotFound:
            continue
        choices.append(
            Choice(
                one.id,
                names.get(one.owner_id, one.owner_id),
                Money(worth),
                worth >= terms.minimum,
            )
        )
    return choices
