"""Payment methods: a person's cards, kept by the gateway; here only their tokens."""

from arena.evidence import audit
from arena.kit.db import Tx
from arena.kit.ids import fresh
from arena.money.billing import store
from arena.money.billing.model import Gateway, PaymentMethod, PaymentMethodUnknown
from arena.people.access import Actor


async def add_payment_method(
    tx: Tx, *, gateway: Gateway, number: str, actor: Actor, request_id: str | None = None
) -> PaymentMethod:
    """Keeps a card for the actor, who is a person. Raises CardRefused, GatewayUnavailable."""
    attached = await gateway.attach(number)
    method = PaymentMethod(
        fresh("pm"), actor.id, gateway.name, attached.token, attached.label, tx.now
    )
    await store.insert_method(tx, method)
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="billing.add_payment_method", object=method.id,
        detail={"label": method.label}, reason=None, request_id=request_id,
    )  # fmt: skip
    return method


async def keep_card(
    tx: Tx, *, gateway: Gateway, number: str, actor: Actor, request_id: str | None = None
) -> PaymentMethod:
    """The actor's card with this number: kept before, or kept now. Raises CardRefused, GatewayUnavailable."""
    attached = await gateway.attach(number)
    # Two calls with the same card meet here, one after the other.
    await store.hold_methods(tx, actor.id)
    for kept in await payment_methods(tx, actor.id):
        if (kept.gateway, kept.token) == (gateway.name, attached.token):
            return kept
    return await add_payment_method(
        tx, gateway=gateway, number=number, actor=actor, request_id=request_id
    )


async def payment_method(tx: Tx, person_id: str, method_id: str) -> PaymentMethod:
    """Raises PaymentMethodUnknown where it is not this person's."""
    method = await store.method(tx, person_id, method_id)
    if method is None:
        raise PaymentMethodUnknown(payment_method_id=method_id)
    return method


async def payment_methods(tx: Tx, person_id: str) -> list[PaymentMethod]:
    """A person's cards, oldest first (at most 100)."""
    return await store.methods(tx, person_id)
