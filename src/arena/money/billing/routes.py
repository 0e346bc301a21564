"""A person's payment methods, and the confirmation some cards ask for."""

from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from arena.kit.clock import iso_ms
from arena.money.billing.confirm import confirm
from arena.money.billing.fake import choose_gateway
from arena.money.billing.methods import add_payment_method, payment_methods
from arena.money.billing.model import PaymentMethod
from arena.people.access import CallDep, Routes, needs

routes = Routes("billing")


class NewCard(BaseModel):
    """A test card. The fake gateway takes nothing but the published test numbers."""

    model_config = ConfigDict(extra="forbid")
    card: str = Field(
        description="4242424242424242 pays; 4000000000000002 and 4000000000009995 are declined;"
        " 4000000000000341 fails when charged; 4000002500003155 asks for confirmation.",
        pattern=r"^[0-9 ]{12,23}$",
        examples=["4242424242424242"],
    )


class PaymentMethodView(BaseModel):
    """A kept card."""

    id: str = Field(examples=["pm_01kde"])
    gateway: str = Field(examples=["fake"])
    label: str = Field(examples=["test card ending in 4242"])
    at: str


class PaymentView(BaseModel):
    """A charge and how it stands."""

    attempt_id: str
    reference: str = Field(description="The subscription it is for.")
    state: str = Field(description="sending, requires_action, succeeded or failed.")
    decline_code: str | None = None


@routes.add(
    "POST",
    "/billing/payment-methods",
    gate=needs("subscriptions:write", kinds=("person",)),
    status_code=201,
)
async def add(call: CallDep, body: NewCard) -> PaymentMethodView:
    """Keeps a card with the gateway."""
    method = await add_payment_method(
        call.tx, gateway=choose_gateway(call.db), number=body.card, actor=call.actor,
        request_id=call.request_id,
    )  # fmt: skip
    return _view(method)


@routes.add("GET", "/billing/payment-methods", gate=needs("subscriptions:read", kinds=("person",)))
async def show(call: CallDep) -> list[PaymentMethodView]:
    """The caller's cards, oldest first."""
    return [_view(method) for method in await payment_methods(call.tx, call.actor.id)]


@routes.add(
    "POST",
    "/billing/actions/{attempt_id}/confirm",
    gate=needs("subscriptions:write", kinds=("person",)),
    conducts=True,
)
async def confirm_action(
    call: CallDep, attempt_id: Annotated[str, Path(pattern=r"^pay_[0-9a-z]{1,40}$")]
) -> PaymentView:
    """Does what the card asks for and completes the charge; the subscription starts within a moment."""
    attempt = await confirm(
        call.db, choose_gateway(call.db), attempt_id, actor=call.actor, request_id=call.request_id
    )
    return PaymentView(
        attempt_id=attempt.id, reference=attempt.charge.reference, state=attempt.state,
        decline_code=attempt.decline_code,
    )  # fmt: skip


def _view(method: PaymentMethod) -> PaymentMethodView:
    return PaymentMethodView(
        id=method.id, gateway=method.gateway, label=method.label, at=iso_ms(method.at)
    )
