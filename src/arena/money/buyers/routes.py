"""Billing details over HTTP: who stands on one's invoices; for operators tax rates."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from arena.kit.clock import iso_ms
from arena.money.buyers.details import set_details
from arena.money.buyers.model import BillingDetails, TaxRate
from arena.money.buyers.rates import RATE_BPS_MAX, set_rate
from arena.money.buyers.store import details, rates
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


class TaxRateBody(BaseModel):
    """What is tax in the prices that people of a country pay, from a moment on (product time)."""

    model_config = ConfigDict(extra="forbid")
    country: str = Field(pattern="^[A-Z]{2}$", description="ISO 3166-1 alpha-2.", examples=["DE"])
    rate_bps: int = Field(
        ge=0, le=RATE_BPS_MAX, description="1/10,000 of the net amount; 0 ends it.", examples=[1900]
    )
    from_at: AwareDatetime = Field(examples=["2024-01-01T00:00:00Z"])
    reverse_charge: bool = Field(
        False, description="Companies with a checked tax number account for it themselves."
    )


class TaxRateView(TaxRateBody):
    """A rate as it was set."""

    by: str


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


@routes.add("GET", "/tax-rates", gate=needs("operate", kinds=("person",)))
async def show_tax_rates(call: CallDep) -> list[TaxRateView]:
    """All rates that were ever set, by country, the newest first. Where there is none no tax is charged."""
    return [_rate_view(one) for one in await rates(call.tx)]


@routes.add("POST", "/tax-rates", gate=needs("operate", kinds=("person",)), status_code=201)
async def add_tax_rate(call: CallDep, body: TaxRateBody) -> TaxRateView:
    """Sets a country's rate from a moment on, which is not in the past. Prices stay as they are: tax is in them."""
    wanted = TaxRate(body.country, body.from_at, body.rate_bps, body.reverse_charge, call.actor.id)
    return _rate_view(await set_rate(call.tx, wanted, actor=call.actor, request_id=call.request_id))


def _rate_view(one: TaxRate) -> TaxRateView:
    return TaxRateView(
        country=one.country, rate_bps=one.rate_bps, from_at=one.from_at,
        reverse_charge=one.reverse_charge, by=one.by_id,
    )  # fmt: skip


def _view(found: BillingDetails) -> BillingDetailsView:
    return BillingDetailsView(
        kind=found.kind, name=found.name, address=found.address, country=found.country,
        tax_id=found.tax_id, version=found.version, at=None if found.at is None else iso_ms(found.at),
    )  # fmt: skip
