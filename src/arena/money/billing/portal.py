"""The payment provider's own page of a person's cards: the way there, and what has become of the cards afterwards."""

from arena.evidence import audit
from arena.kit.db import Database, Tx
from arena.kit.ids import derived
from arena.money.billing import store
from arena.money.billing.model import Attached, Gateway, NoCardPage, PaymentMethod
from arena.money.billing.stripe import StripeGateway
from arena.money.billing.visits import customer_of
from arena.people.access import Actor


async def open_portal(
    db: Database, gateway: Gateway, *, back: str, actor: Actor, request_id: str | None = None
) -> str:
    """The page where the actor looks after his cards and sees what he was charged, good for minutes; he comes back to
    `back`, a path of ours. Raises NoCardPage, GatewayUnavailable."""
    if not isinstance(gateway, StripeGateway):
        raise NoCardPage(gateway=gateway.name)
    url = await gateway.portal(await customer_of(db, gateway, actor.id), back=back)
    async with db.transaction() as tx:
        await audit.record(
            tx, actor=actor.id, actor_kind=actor.kind, action="billing.open_portal", object=actor.id,
            detail={"gateway": gateway.name}, reason=None, request_id=request_id,
        )  # fmt: skip
    return url


async def look_at_cards(
    db: Database, gateway: Gateway, *, actor: Actor, request_id: str | None = None
) -> list[PaymentMethod]:
    """The actor's cards as the provider has them now: those added there are kept here, those taken away are offered no
    more. Repeatable. Raises NoCardPage, GatewayUnavailable."""
    if not isinstance(gateway, StripeGateway):
        raise NoCardPage(gateway=gateway.name)
    theirs = await gateway.cards_of(await customer_of(db, gateway, actor.id))
    async with db.transaction() as tx:
        await store.hold_methods(tx, actor.id)
        ours = {
            one.token: one
            for one in await store.methods(tx, actor.id)
            if one.gateway == gateway.name
        }
        for card in theirs:
            if card.token not in ours:
                await _add(tx, gateway, card, actor, request_id)
        kept = {card.token for card in theirs}
        for method in ours.values():
            if method.token not in kept:
                await store.remove_method(tx, method.id)
                await _note(tx, "billing.payment_method_gone", method, actor, request_id)
        return await store.methods(tx, actor.id)


async def _add(
    tx: Tx, gateway: StripeGateway, card: Attached, actor: Actor, request_id: str | None
) -> None:
    """One that was taken away and came back is the same again."""
    method = PaymentMethod(
        derived("pm", card.token), actor.id, gateway.name, card.token, card.label, tx.now
    )
    await store.return_method(tx, method)
    await _note(tx, "billing.add_payment_method", method, actor, request_id)


async def _note(
    tx: Tx, action: str, method: PaymentMethod, actor: Actor, request_id: str | None
) -> None:
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action=action, object=method.id,
        detail={"label": method.label}, reason=None, request_id=request_id,
    )  # fmt: skip
