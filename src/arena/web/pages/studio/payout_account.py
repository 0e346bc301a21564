"""A creator's account at the payment provider: opened, filled in over there, what is asked for, its pages there."""

from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from arena.money import billing, payouts
from arena.money.billing import connected
from arena.web.page import Filled, Form, Line, Pages, Visit, VisitDep, _
from arena.web.pages.studio.earnings import EARNER
from arena.web.views.due_at_provider import asked_for, problem_words

routes = Pages()
HERE = "/studio/payouts/account"


class OpenForm(Form):
    country: Annotated[Line, Field(pattern=r"^[A-Za-z]{2}$")]
    form: Literal["person", "company"]


@routes.get(HERE, gate=EARNER, conducts=True)
async def show(visit: VisitDep, again: Annotated[Literal["yes", ""], Query()] = "") -> Response:
    """How the account stands now; the provider is asked. `again`: its page had expired before it was used."""
    return await _page(visit, Filled(), expired=again == "yes")


@routes.post(HERE, gate=EARNER, conducts=True)
async def open_it(visit: VisitDep) -> Response:
    """Raises NoConnectedAccounts where creators are paid in another way."""
    form = await visit.form(OpenForm)
    payouts.connect_of(visit.settings)
    if form.model is not None:
        country = form.model.country.upper()
        if country not in payouts.COUNTRIES:
            form.errors["country"] = _(
                "The provider opens no accounts there. Write to the operator."
            )
        else:
            async with visit.trying(form):
                await payouts.open_payout_account(
                    visit.call.db, visit.settings, country=country, form=form.model.form, actor=visit.actor,
                    request_id=visit.call.request_id,
                )  # fmt: skip
                return visit.go(f"{HERE}/there")
    return await _page(visit, form)


@routes.get(f"{HERE}/there", gate=EARNER, conducts=True)
async def there(visit: VisitDep, what: Literal["form", "dashboard"] = "form") -> Response:
    """The way to the provider's pages, made anew each time. A link leads there: a form must not, for the sake of the
    page's policy."""
    db, connect = visit.call.db, payouts.connect_of(visit.settings)
    if what == "dashboard":
        url = await connected.dashboard(db, connect, actor=visit.actor)
    else:
        url = await connected.onboarding(
            db, connect, actor=visit.actor, back=HERE, again=f"{HERE}?again=yes"
        )
    return visit.page("studio/payout-account-there.html", url=url, what=what)


async def _page(visit: Visit, form: Filled[OpenForm], *, expired: bool = False) -> Response:
    if visit.settings.payout_gateway != "stripe":
        return visit.go("/studio/payouts/papers/account")
    found = await payouts.look_at_account(visit.call.db, visit.settings, actor=visit.actor)
    async with visit.call.db.transaction(readonly=True) as tx:
        papers = await payouts.papers_of(tx, visit.actor.id)
        gates = (await payouts.checklist_of(tx, visit.actor.id, visit.settings)).gates
    identity = papers.get("identity")
    return visit.page(
        "studio/payout-account.html", status=form.status, form=form, found=found, expired=expired,
        asked=asked_for(found.due, found.checking) if found else [],
        problem=problem_words(found.problem) if found else "",
        country=identity.country if identity else "", company=identity is not None and identity.form == "company",
        renamed=any(one.name == "account" and one.state == "other_name" for one in gates),
        forms=[("person", _("a person")), ("company", _("a company"))],
        by=billing.StripeConnect.name.capitalize(),
    )  # fmt: skip
