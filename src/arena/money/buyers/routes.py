"""Billing details over HTTP: who stands on one's invoices."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from arena.kit.clock import iso_ms
from arena.money.buyers.details import set_details
from arena.money.buyers.model import BillingDetails
from arena.money.buyers.store import details
from arena.people.access import CallDep, Routes, needs

routes = Routes("billing")


class BillingDetailsBody(BaseModel):
    """Who is billed. `address` is lines without the country."""

    model_config = ConfigDict(extra="forbid")
    kind: Literal["individual", "company"] = "individual"
    name: str = Field(min_length=1, max_length=120, examples=["Northwind Trading GmbH"])
    address: str = Field(min_length=1, max_length=400, examples=["1 Example Street\n10115 Berlin"])
    country: str = Field(
        pattern="^[A-Za-z]{2}$", description="ISO 3166-1 alpha-2.", examples=["DE"]
    )
    tax_id: str | None = Field(
        None, max_length=40, description="VAT number, EIN or the like; its check digits are checked.",
        examples=["DE136695976"],
    )  # fmt: skip


class BillingDetailsView(BillingDetailsBody):
    """As they stand; invoices keep the version of their day."""

    version: int
    at: str | None


@routes.add("GET", "/billing/details", gate=needs("subscriptions:read", kinds=("person",)))
async def show_details(call: CallDep) -> BillingDetailsView | None:
    """What stands on the caller's invoices from now on; null where nothing was given, then it is the name alone."""
    found = await details(call.tx, call.actor.id)
    return None if found is None else _view(found)


@routes.add("PUT", "/billing/details", gate=needs("subscriptions:write", kinds=("person",)))
async def put_details(call: CallDep, body: BillingDetailsBody) -> BillingDetailsView:
    """Sets what stands on the caller's next invoices; those that were made stay as they are."""
    wanted = BillingDetails(body.kind, body.name, body.address, body.country, body.tax_id)
    return _view(await set_details(call.tx, wanted, actor=call.actor, request_id=call.request_id))


def _view(found: BillingDetails) -> BillingDetailsView:
    return BillingDetailsView(
        kind=found.kind, name=found.name, address=found.address, country=found.country,
        tax_id=found.tax_id, version=found.version, at=None if found.at is None else iso_ms(found.at),
    )  # fmt: skip
