"""Cards over HTTP."""

from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.money.billing import FakeGateway, send
from arena.money.billing.routes import routes
from tests.http import make_client, person
from tests.money.billing.till import begin, buyer


async def test_a_person_keeps_a_card_and_sees_it(db: Database, settings: Settings) -> None:
    _, headers = await person(db)
    _, other = await person(db)
    async with make_client(db, settings, routes) as client:
        added = await client.post(
            "/billing/payment-methods", json={"card": "4242 4242 4242 4242"}, headers=headers
        )
        assert added.status_code == 201
        assert added.json()["label"] == "test card ending in 4242"
        assert "4242424242424242" not in added.text
        shown = await client.get("/billing/payment-methods", headers=headers)
        assert [method["id"] for method in shown.json()] == [added.json()["id"]]
        assert (await client.get("/billing/payment-methods", headers=other)).json() == []


async def test_a_card_that_is_no_test_card_is_refused_in_words(
    db: Database, settings: Settings
) -> None:
    _, headers = await person(db)
    async with make_client(db, settings, routes) as client:
        refused = await client.post(
            "/billing/payment-methods", json={"card": "4111111111111111"}, headers=headers
        )
    assert refused.status_code == 422
    assert refused.json()["code"] == "card_refused"
    assert "4242424242424242" in refused.json()["detail"]


async def test_the_audit_trail_has_no_card_number(db: Database) -> None:
    await buyer(db)
    async with db.transaction() as tx:
        [event] = await tx.fetch("select * from audit_event where action like 'billing.%'")
    assert event["detail"] == {"label": "test card ending in 4242"}


async def test_a_stranger_cannot_confirm(db: Database, settings: Settings) -> None:
    _, stranger = await person(db)
    waiting = await send(
        db, FakeGateway(db), (await begin(db, await buyer(db, "4000002500003155"))).id
    )
    async with make_client(db, settings, routes) as client:
        refused = await client.post(f"/billing/actions/{waiting.id}/confirm", headers=stranger)
    assert refused.status_code == 404
