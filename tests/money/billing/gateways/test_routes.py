"""Gateways over HTTP: a card typed elsewhere, an operator's refunds and transfers, books compared; each act in the
trail."""

import json

import pytest

from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.money.billing import begin_charge, send
from arena.money.billing.choose import choose_gateway
from arena.money.billing.methods import add_payment_method
from arena.money.billing.model import Attempt, NewCharge
from arena.money.billing.operators.routes import routes as operators
from arena.money.billing.routes import routes
from arena.people.access import Actor
from tests.doubles.stripe_server import SECRET_KEY, WEBHOOK_SECRET, StripeServer
from tests.doubles.stripe_server.webhooks import signature
from tests.http import make_client, person
from tests.money.billing.till import CHARGE, JANUARY
from tests.people.acts import AT_A_GATEWAY


@pytest.fixture
def at_stripe(settings: Settings, stripe_server: StripeServer) -> Settings:
    return Settings(
        home=settings.home, seed="test", payment_gateway="stripe", stripe_key=SECRET_KEY,
        stripe_webhook_secret=WEBHOOK_SECRET, stripe_url=stripe_server.url,
    )  # fmt: skip


@pytest.fixture
def by_hand(settings: Settings) -> Settings:
    return Settings(home=settings.home, seed="test", payment_gateway="manual")


async def charged(db: Database, settings: Settings, person_id: str, method_id: str) -> Attempt:
    charge = NewCharge(
        CHARGE.reference, JANUARY, person_id, CHARGE.payee_id, method_id, CHARGE.amount, CHARGE.platform_bps
    )  # fmt: skip
    gateway = choose_gateway(db, settings)
    async with db.transaction() as tx:
        attempt = await begin_charge(tx, charge, gateway=gateway)
    return await send(db, gateway, attempt.id)


async def in_the_trail(db: Database, *routes_done: str) -> None:
    async with db.transaction() as tx:
        seen = {row["action"] for row in await tx.fetch("select action from audit_event")}
    assert {AT_A_GATEWAY["POST", route] for route in routes_done} <= seen


async def test_a_card_is_typed_at_stripe_charged_given_back_and_told_of(
    db: Database, at_stripe: Settings, stripe_server: StripeServer
) -> None:
    person_id, mine = await person(db)
    _, operator = await person(db, "operator")
    _, other = await person(db)
    async with make_client(db, at_stripe, routes, operators) as client:
        refused = await client.post(
            "/billing/payment-methods", json={"card": "4242424242424242"}, headers=mine
        )
        assert (refused.status_code, refused.json()["code"]) == (422, "card_typed_elsewhere")
        begun = (await client.post("/billing/card-visits", json={}, headers=mine)).json()
        finish = f"/billing/card-visits/{begun['id']}/finish"
        assert (await client.post(finish, headers=mine)).json()["payment_method"] is None
        back = stripe_server.complete_checkout(begun["url"].rsplit("/")[-1])
        assert back == f"{at_stripe.origin}/cards/visits/{begun['id']}"
        assert (await client.post(finish, headers=other)).status_code == 404
        kept = [
            (await client.post(finish, headers=mine)).json()["payment_method"] for _ in range(2)
        ]
        assert kept[0] == kept[1]
        assert kept[0]["label"] == "Visa ending in 4242"

        attempt = await charged(db, at_stripe, person_id, kept[0]["id"])
        path = f"/payments/{attempt.id}"
        assert (await client.get(path, headers=mine)).status_code == 403
        above = await client.post(
            f"{path}/refund", json={"amount": 9901, "reason": "a mistake"}, headers=operator
        )
        assert (above.status_code, above.json()["code"]) == (409, "refund_above_charge")
        given = await client.post(
            f"{path}/refund", json={"amount": 900, "reason": "a mistake"}, headers=operator
        )
        assert (given.status_code, given.json()["state"]) == (201, "succeeded")
        shown = (await client.get(path, headers=operator)).json()
        assert (shown["left"], shown["gateway_charge"]) == (9000, attempt.charge_id)

        event = json.dumps(stripe_server.mailbox.new()[-1]).encode()
        told = [
            await client.post(
                "/billing/webhooks/stripe", content=event, headers={"Stripe-Signature": signature(event)}
            )
            for _ in range(2)
        ]  # fmt: skip
        assert [answer.json() for answer in told] == [{"new": True}, {"new": False}]
    await in_the_trail(
        db, "/billing/card-visits", "/billing/card-visits/{visit_id}/finish", "/billing/webhooks/stripe",
        "/payments/{attempt_id}/refund",
    )  # fmt: skip


async def test_transfers_are_confirmed_and_sent_by_an_operator(
    db: Database, by_hand: Settings
) -> None:
    person_id, mine = await person(db)
    _, operator = await person(db, "operator")
    async with db.transaction() as tx:
        method = await add_payment_method(
            tx, gateway=choose_gateway(db, by_hand), number="bank transfer",
            actor=Actor("person", person_id),
        )  # fmt: skip
    attempt = await charged(db, by_hand, person_id, method.id)
    body = {"bank_reference": "statement 7, line 3"}
    async with make_client(db, by_hand, routes, operators) as client:
        path = f"/payments/{attempt.id}/received"
        assert (await client.post(path, json=body, headers=mine)).status_code == 403
        assert (await client.post(path, json=body, headers=operator)).json()["state"] == "succeeded"
        asked = await client.post(
            f"/payments/{attempt.id}/refund", json={"reason": "not delivered"}, headers=operator
        )
        assert asked.json()["state"] == "sent"
        sent = await client.post(f"/refunds/{asked.json()['id']}/sent", json=body, headers=operator)
        assert sent.json()["state"] == "succeeded"
        no_page = await client.post("/billing/card-visits", json={}, headers=mine)
        assert no_page.json()["code"] == "no_card_page"
        compared = (await client.get("/reconciliation", headers=operator)).json()
        assert (compared["gateway"], compared["compared_at"]) == ("manual", None)
    await in_the_trail(db, "/payments/{attempt_id}/received", "/refunds/{refund_id}/sent")
