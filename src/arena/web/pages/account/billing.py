"""Billing details: what stands on my invoices from now on, with a tax number that is checked."""

from typing import Annotated, Literal

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from arena.money import buyers
from arena.money.buyers import BillingDetails
from arena.people.access import needs
from arena.web.page import Filled, Form, Line, Pages, Visit, VisitDep, _

routes = Pages()
PERSON = needs("subscriptions:write", kinds=("person",))
PAGE = "account/billing.html"
CHECKOUT = r"^/subscribe/lst_[0-9a-z]{26}/[a-z]{1,20}(\?[A-Za-z0-9_&=-]{0,120})?$"


class Details(Form):
    kind: Literal["individual", "company"]
    name: Annotated[Line, Field(min_length=1, max_length=120)]
    address: Annotated[str, Field(min_length=1, max_length=400)]
    country: Annotated[Line, Field(pattern=r"^[A-Za-z]{2}$")]
    tax_id: Annotated[Line, Field(max_length=40)] = ""
    then: Annotated[str | None, Field(pattern=CHECKOUT)] = None


@routes.get("/account/billing", gate=PERSON)
async def billing_page(
    visit: VisitDep, then: Annotated[str | None, Query(pattern=CHECKOUT)] = None
) -> Response:
    """`then` is the checkout that asked for it, and goes on behind it."""
    return await _billing(visit, Filled[Details](values={"then": then} if then else {}))


@routes.post("/account/billing", gate=PERSON)
async def set_billing(visit: VisitDep) -> Response:
    form = await visit.form(Details)
    if form.model is not None:
        wanted = form.model
        async with visit.trying(form):
            await buyers.set_details(
                visit.tx,
                BillingDetails(wanted.kind, wanted.name, wanted.address, wanted.country, wanted.tax_id),
                actor=visit.actor, request_id=visit.call.request_id,
            )  # fmt: skip
            return visit.go(
                wanted.then or "/account/billing", _("Kept. Your next invoices say so; earlier ones stay as they are.")
            )  # fmt: skip
    _beside_fields(form)
    return await _billing(visit, form)


def _beside_fields(form: Filled[Details]) -> None:
    """What was refused of one field stands beside it."""
    if "country" in form.errors:
        form.errors["country"] = _("Two letters, like US, DE or GB.")
    refused = form.refusal
    if isinstance(refused, buyers.TaxIdRefused | buyers.TaxIdUnknownHere):
        form.refusal = None
        form.errors["tax_id"] = refused.detail
    elif isinstance(refused, buyers.BillingDetailsRefused) and "country" in refused.detail:
        form.refusal = None
        form.errors["country"] = _("There is no country with these two letters.")


async def _billing(visit: Visit, form: Filled[Details]) -> Response:
    found = await buyers.details(visit.tx, visit.actor.id)
    return visit.page(
        PAGE, status=form.status, form=form, found=found,
        versions=await buyers.versions(visit.tx, visit.actor.id),
        tax=await buyers.tax_for(visit.tx, visit.actor.id),
    )  # fmt: skip
