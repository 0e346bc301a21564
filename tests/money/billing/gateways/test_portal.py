"""A person's cards at Stripe: its page, cards added and taken away there, and what that does to charges."""

import pytest

from arena.kit.db import Database
from arena.kit.money import Money
from arena.kit.settings import Settings
from arena.money.billing import look_at_cards, payment_methods
from arena.money.billing.model import NoCardPage
from arena.money.billing.portal import open_portal
from arena.money.billing.routes import routes
from arena.money.billing.stripe import StripeGateway
from arena.people.access import Actor
from tests.doubles.stripe_server import SECRET_KEY, StripeServer
from tests.http import make_client, person
from tests.money.billing.gateways.test_routes import in_the_trail
from tests.money.billing.gateways.tills import fake


async def test_cards_follow_what_was_done_on_stripes_page(
    db: Database, stripe: StripeGateway, stripe_server: StripeServer
) -> None:
    me = Actor("person", (await person(db))[0])
    url = await open_portal(db, stripe, back="/account/cards/returned", actor=me)
    assert url.startswith(f"{stripe_server.url}/p/session/")
    customer = stripe_server.books.all("customer")[0]["id"]
    kept = await stripe.keep("pm_card_visa", customer)
    for _ in range(2):
        [card] = await look_at_cards(db, stripe, actor=me)
    assert (card.token, card.label) == (kept.token, "Visa ending in 4242")
    assert (await stripe.charge("pay_1", Money(9900), card.token)).state == "succeeded"

    stripe_server.detach(kept.token.partition("/")[2])
    assert await look_at_cards(db, stripe, actor=me) == []
    async with db.transaction() as tx:
        assert await payment_methods(tx, me.id) == []
        gone = await tx.fetchval(
            "select count(*) from audit_event where action = 'billing.payment_method_gone'"
        )
    assert gone == 1
    outcome = await stripe.charge("pay_2", Money(9900), card.token)
    assert (outcome.state, outcome.decline_code) == ("declined", "card_removed")

    await stripe.keep(kept.token.partition("/")[2], customer)
    [back] = await look_at_cards(db, stripe, actor=me)
    assert back.id == card.id, "one that comes back is the same again"


async def test_a_gateway_without_a_page_says_so(db: Database) -> None:
    me = Actor("person", (await person(db))[0])
    for verb in (
        look_at_cards(db, fake(db).gateway, actor=me),
        open_portal(db, fake(db).gateway, back="/", actor=me),
    ):
        with pytest.raises(NoCardPage):
            await verb


async def test_the_portal_over_http(
    db: Database, settings: Settings, stripe_server: StripeServer
) -> None:
    at_stripe = Settings(
        home=settings.home, seed="test", payment_gateway="stripe", stripe_key=SECRET_KEY, stripe_url=stripe_server.url
    )  # fmt: skip
    _, mine = await person(db)
    gateway = StripeGateway(SECRET_KEY, url=stripe_server.url, origin=at_stripe.origin)
    async with make_client(db, at_stripe, routes) as client:
        made = await client.post("/billing/portal", json={}, headers=mine)
        assert (made.status_code, "/p/session/" in made.json()["url"]) == (201, True)
        customer = stripe_server.books.all("customer")[0]["id"]
        kept = await gateway.keep("pm_card_visa", customer)
        refreshed = await client.post("/billing/payment-methods/refresh", headers=mine)
        assert [one["label"] for one in refreshed.json()] == ["Visa ending in 4242"]
        stripe_server.detach(kept.token.partition("/")[2])
        assert (await client.post("/billing/payment-methods/refresh", headers=mine)).json() == []
    await in_the_trail(db, "/billing/portal", "/billing/payment-methods/refresh")
