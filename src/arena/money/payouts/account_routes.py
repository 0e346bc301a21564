"""A creator's account at the payment provider over HTTP: opened, looked at, its pages over there."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from arena.kit.clock import iso_ms
from arena.money.billing import connected
from arena.money.payouts.onboard import connect_of, look_at_account, open_payout_account
from arena.people.access import CallDep, Routes, needs

routes = Routes("payouts")
OWN = needs("payouts:write", kinds=("person",))


class NewPayoutAccount(BaseModel):
    """Where one is at home, and as what one is paid."""

    model_config = ConfigDict(extra="forbid")
    country: str = Field(pattern="^[A-Z]{2}$", examples=["US"])
    form: Literal["person", "company"]


class PayoutAccountLink(BaseModel):
    """A page of the payment provider, good once and for minutes; send the person there."""

    url: str


class PayoutAccountView(BaseModel):
    """The account at the payment provider. `due` and `checking` are the provider's names of what it asks for and looks
    at; payouts can go there when `ready`."""

    id: str = Field(examples=["cac_01kde"])
    country: str
    form: str
    ready: bool
    payouts_enabled: bool
    details_submitted: bool
    due: list[str] = Field(examples=[["external_account"]])
    checking: list[str]
    due_by: str | None
    problem: str | None
    bank: str
    looked_at: str | None


@routes.add("POST", "/payouts/account", gate=OWN, conducts=True, status_code=201)
async def open_account(call: CallDep, body: NewPayoutAccount) -> PayoutAccountLink:
    """Opens an account at the payment provider for the caller, once, and gives the page where it is filled in."""
    return PayoutAccountLink(url=await open_payout_account(
        call.db, call.settings, country=body.country, form=body.form, actor=call.actor, request_id=call.request_id
    ))  # fmt: skip


@routes.add("GET", "/payouts/account", gate=OWN, conducts=True)
async def show_account(call: CallDep) -> PayoutAccountView:
    """How the caller's account stands now; the provider is asked."""
    found = await look_at_account(call.db, call.settings, actor=call.actor)
    if found is None:
        raise connected.NoConnectedAccount
    return PayoutAccountView(
        id=found.id, country=found.country, form=found.form, ready=found.ready,
        payouts_enabled=found.payouts_enabled, details_submitted=found.details_submitted, due=list(found.due),
        checking=list(found.checking), due_by=None if found.due_by is None else iso_ms(found.due_by),
        problem=found.problem, bank=found.bank_words,
        looked_at=None if found.looked_at is None else iso_ms(found.looked_at),
    )  # fmt: skip


@routes.add("GET", "/payouts/account/dashboard", gate=OWN, conducts=True)
async def show_dashboard(call: CallDep) -> PayoutAccountLink:
    """The provider's page of the caller's account: his payouts there, his bank account."""
    connect = connect_of(call.settings)
    return PayoutAccountLink(url=await connected.dashboard(call.db, connect, actor=call.actor))
