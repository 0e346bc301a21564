"""Visits to the payment provider's own page, where a person types his card; what comes back is a token.

tx 1   begin_visit    the visit is written down; its id is the gateway's idempotency key
no tx                 the gateway makes its page, once
tx 2                  session and address are kept; the person goes there and comes back
       end_visit      the gateway is asked what was typed, and the card is kept, once
"""

from dataclasses import dataclass

from arena.evidence import audit
from arena.kit.db import Database, Row, Tx
from arena.kit.ids import derived
from arena.money.billing import store
from arena.money.billing.model import CardVisitUnknown, Gateway, NoCardPage, PaymentMethod
from arena.money.billing.stripe import StripeGateway
from arena.people.access import Actor


@dataclass(frozen=True, slots=True)
class CardVisit:
    """`url` is the gateway's page, `back` a path of ours that the person goes on at afterwards."""

    id: str
    url: str
    back: str
    payment_method_id: str | None = None


async def begin_visit(
    db: Database,
    gateway: Gateway,
    *,
    back: str,
    actor: Actor,
    intent: str,
    request_id: str | None = None,
) -> CardVisit:
    """A page for this person to type a card. Repeatable by `intent`. Raises NoCardPage, GatewayUnavailable."""
    if not isinstance(gateway, StripeGateway):
        raise NoCardPage(gateway=gateway.name)
    visit_id = derived("cvs", intent)
    async with db.transaction() as tx:
        await tx.execute(
            """insert into card_visit (id, person_id, gateway, back, at) values ($1, $2, $3, $4, $5)
               on conflict do nothing""",
            visit_id, actor.id, gateway.name, back, tx.now,
        )  # fmt: skip
        kept = await _visit(tx, visit_id, actor.id)
    if kept["url"] is not None:
        return _view(kept)
    customer_id = await customer_of(db, gateway, actor.id)
    page = await gateway.card_page(visit_id, customer_id, back=f"/cards/visits/{visit_id}")
    async with db.transaction() as tx:
        await tx.execute(
            "update card_visit set session_id = $2, url = $3 where id = $1 and url is null",
            visit_id, page.session_id, page.url,
        )  # fmt: skip
        await audit.record(
            tx, actor=actor.id, actor_kind=actor.kind, action="billing.begin_card_visit", object=visit_id,
            detail={"gateway": gateway.name}, reason=None, request_id=request_id,
        )  # fmt: skip
        return _view(await _visit(tx, visit_id, actor.id))


async def end_visit(
    db: Database, gateway: Gateway, visit_id: str, *, actor: Actor, request_id: str | None = None
) -> tuple[CardVisit, PaymentMethod | None]:
    """The visit and the card that was typed; None while there is none. Repeatable.

    Raises CardVisitUnknown where it is not the actor's, NoCardPage, GatewayUnavailable.
    """
    if not isinstance(gateway, StripeGateway):
        raise NoCardPage(gateway=gateway.name)
    async with db.transaction(readonly=True) as tx:
        kept = await _visit(tx, visit_id, actor.id)
    if kept["session_id"] is None:
        return _view(kept), None
    card = None if kept["payment_method_id"] else await gateway.card_of(kept["session_id"])
    async with db.transaction() as tx:
        await store.hold_methods(tx, actor.id)
        kept = await _visit(tx, visit_id, actor.id)
        if kept["payment_method_id"] is None and card is not None:
            method = PaymentMethod(
                derived("pm", visit_id), actor.id, gateway.name, card.token, card.label, tx.now
            )
            await store.insert_method(tx, method)
            await tx.execute(
                "update card_visit set payment_method_id = $2 where id = $1", visit_id, method.id
            )
            await audit.record(
                tx, actor=actor.id, actor_kind=actor.kind, action="billing.add_payment_method",
                object=method.id, detail={"label": method.label}, reason=None, request_id=request_id,
            )  # fmt: skip
            kept = await _visit(tx, visit_id, actor.id)
        if kept["payment_method_id"] is None:
            return _view(kept), None
        return _view(kept), await store.method(tx, actor.id, kept["payment_method_id"])


async def customer_of(db: Database, gateway: StripeGateway, person_id: str) -> str:
    """The gateway's name of a person, to whom it has been told nothing but our id. Raises GatewayUnavailable."""
    async with db.transaction(readonly=True) as tx:
        there: str | None = await tx.fetchval(
            "select customer_id from gateway_customer where person_id = $1 and gateway = $2",
            person_id, gateway.name,
        )  # fmt: skip
    if there is not None:
        return there
    made = await gateway.new_customer(person_id)
    async with db.transaction() as tx:
        await tx.execute(
            """insert into gateway_customer (person_id, gateway, customer_id) values ($1, $2, $3)
               on conflict do nothing""",
            person_id, gateway.name, made,
        )  # fmt: skip
        row = await tx.one(
            "select customer_id from gateway_customer where person_id = $1 and gateway = $2",
            person_id, gateway.name,
        )  # fmt: skip
    customer_id: str = row["customer_id"]
    return customer_id


async def _visit(tx: Tx, visit_id: str, person_id: str) -> Row:
    row = await tx.fetchrow(
        "select * from card_visit where id = $1 and person_id = $2", visit_id, person_id
    )
    if row is None:
        raise CardVisitUnknown(visit_id=visit_id)
    return row


def _view(row: Row) -> CardVisit:
    return CardVisit(row["id"], row["url"] or "", row["back"], row["payment_method_id"])
