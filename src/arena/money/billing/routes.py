"""A person's payment methods, the confirmation some cards ask for, and what the payment provider tells."""

from typing import Annotated

from fastapi import Header, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from arena.evidence import audit
from arena.kit.clock import iso_ms
from arena.money.billing.choose import choose_gateway
from arena.money.billing.confirm import confirm
from arena.money.billing.events import receive
from arena.money.billing.methods import add_payment_method, payment_methods
from arena.money.billing.model import NoWebhooks, PaymentMethod
from arena.money.billing.portal import look_at_cards, open_portal
from arena.money.billing.stripe import verified
from arena.money.billing.visits import begin_visit, end_visit
from arena.people.access import CallDep, Routes, needs, public

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
        call.tx, gateway=choose_gateway(call.db, call.settings), number=body.card, actor=call.actor,
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
        call.db,
        choose_gateway(call.db, call.settings),
        attempt_id,
        actor=call.actor,
        request_id=call.request_id,
    )
    return PaymentView(
        attempt_id=attempt.id, reference=attempt.charge.reference, state=attempt.state,
        decline_code=attempt.decline_code,
    )  # fmt: skip


class PortalBody(BaseModel):
    """Where the person goes on afterwards."""

    model_config = ConfigDict(extra="forbid")
    back: str = Field(
        "/account/cards/returned",
        description="A path of this arena.",
        pattern=r"^/[a-zA-Z0-9/_-]{0,200}$",
    )


class PortalView(BaseModel):
    """The payment provider's page of the caller's cards, good for minutes."""

    url: str


@routes.add(
    "POST",
    "/billing/portal",
    gate=needs("subscriptions:write", kinds=("person",)),
    conducts=True,
    status_code=201,
)
async def portal(call: CallDep, body: PortalBody) -> PortalView:
    """A page of the payment provider where the caller looks after the cards it keeps for him."""
    return PortalView(url=await open_portal(
        call.db, choose_gateway(call.db, call.settings), back=body.back, actor=call.actor,
        request_id=call.request_id,
    ))  # fmt: skip


@routes.add(
    "POST",
    "/billing/payment-methods/refresh",
    gate=needs("subscriptions:write", kinds=("person",)),
    conducts=True,
)
async def refresh(call: CallDep) -> list[PaymentMethodView]:
    """The caller's cards as the payment provider has them now."""
    found = await look_at_cards(
        call.db, choose_gateway(call.db, call.settings), actor=call.actor, request_id=call.request_id
    )  # fmt: skip
    return [_view(method) for method in found]


class NewCardVisit(BaseModel):
    """Where the person goes on afterwards."""

    model_config = ConfigDict(extra="forbid")
    back: str = Field(
        "/subscriptions", description="A path of this arena.", pattern=r"^/[a-zA-Z0-9/_-]{0,200}$"
    )


class CardVisitView(BaseModel):
    """A visit to the payment provider's page; send the person to `url`, then finish the visit."""

    id: str = Field(examples=["cvs_01kde"])
    url: str
    payment_method: PaymentMethodView | None = Field(
        None, description="The card that was typed there."
    )


class Received(BaseModel):
    """Whether this event is new; one that came before changes nothing."""

    new: bool


@routes.add(
    "POST",
    "/billing/card-visits",
    gate=needs("subscriptions:write", kinds=("person",)),
    conducts=True,
    status_code=201,
)
async def visit_card_page(call: CallDep, body: NewCardVisit) -> CardVisitView:
    """A page of the payment provider for the caller to type a card; its number never comes here."""
    gateway = choose_gateway(call.db, call.settings)
    begun = await begin_visit(
        call.db,
        gateway,
        back=body.back,
        actor=call.actor,
        intent=call.intent,
        request_id=call.request_id,
    )
    return CardVisitView(id=begun.id, url=begun.url)


@routes.add(
    "POST",
    "/billing/card-visits/{visit_id}/finish",
    gate=needs("subscriptions:write", kinds=("person",)),
    conducts=True,
)
async def finish_visit(
    call: CallDep, visit_id: Annotated[str, Path(pattern=r"^cvs_[0-9a-z]{1,40}$")]
) -> CardVisitView:
    """Keeps the card that was typed on the provider's page; none yet, none kept."""
    seen, method = await end_visit(
        call.db, choose_gateway(call.db, call.settings), visit_id, actor=call.actor,
        request_id=call.request_id,
    )  # fmt: skip
    return CardVisitView(
        id=seen.id, url=seen.url, payment_method=None if method is None else _view(method)
    )


# The provider's own ids take the place of an Idempotency-Key: each event is kept once.
@routes.add(
    "POST",
    "/billing/webhooks/stripe",
    gate=public("Stripe signs each call with a secret that only it and this arena know"),
    keyed=False,
)
async def hear_stripe(
    call: CallDep,
    request: Request,
    stripe_signature: Annotated[str, Header(max_length=2000)] = "",
) -> Received:
    """Takes an event in; what it is about is looked at afterwards, as it then stands."""
    secret = call.settings.stripe_webhook_secret
    if (
        "stripe" not in (call.settings.payment_gateway, call.settings.payout_gateway)
        or secret is None
    ):
        raise NoWebhooks
    event = verified(await request.body(), stripe_signature, secret=secret.get_secret_value())
    new = await receive(call.tx, "stripe", event)
    if new:
        await audit.record(
            call.tx, actor="system", actor_kind="system", action="billing.webhook", object=event.id,
            detail={"kind": event.kind, "about": event.object_id, "account": event.account},
            reason=None, request_id=call.request_id,
        )  # fmt: skip
    return Received(new=new)


def _view(method: PaymentMethod) -> PaymentMethodView:
    return PaymentMethodView(
        id=method.id, gateway=method.gateway, label=method.label, at=iso_ms(method.at)
    )
