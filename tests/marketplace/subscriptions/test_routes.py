"""Subscriptions over HTTP."""

from collections.abc import AsyncIterator

import httpx
import pytest

from arena.kit.settings import Settings
from arena.marketplace.subscriptions.routes import routes
from arena.money.billing.routes import routes as billing_routes
from tests.http import make_client
from tests.marketplace.market import Buyer, Market


@pytest.fixture
async def client(market: Market, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with make_client(market.db, settings, routes, billing_routes) as opened:
        yield opened


def wish(buyer: Buyer, listing_id: str, tier: str = "pro") -> dict[str, str]:
    return {"listing_id": listing_id, "tier": tier, "payment_method_id": buyer.card}


async def test_subscribe_see_it_cancel_it(market: Market, client: httpx.AsyncClient) -> None:
    listing, buyer = await market.listed(), await market.buyer()
    made = await client.post(
        "/market/subscribe", json=wish(buyer, listing.id), headers=buyer.headers
    )
    assert made.status_code == 201
    assert (made.json()["status"], made.json()["amount"]) == ("active", 9900)
    shown = (await client.get("/market/subscriptions", headers=buyer.headers)).json()
    assert [s["id"] for s in shown["data"]] == [made.json()["id"]]
    for _ in range(2):
        canceled = await client.post(
            "/market/cancel", json={"subscription_id": made.json()["id"]}, headers=buyer.headers
        )
        assert canceled.json()["cancel_at_period_end"]
        assert canceled.json()["access_until"] == made.json()["period_end"]


async def test_a_declined_card_answers_402_in_words_and_again_the_same(
    market: Market, client: httpx.AsyncClient
) -> None:
    listing, buyer = await market.listed(), await market.buyer("4000000000009995")
    for _ in range(2):
        declined = await client.post(
            "/market/subscribe", json=wish(buyer, listing.id),
            headers={**buyer.headers, "Idempotency-Key": "one"},
        )  # fmt: skip
        assert declined.status_code == 402
        assert declined.json()["code"] == "card_declined"
        assert declined.json()["decline_code"] == "insufficient_funds"
        assert declined.headers["content-type"] == "application/problem+json"


async def test_a_card_that_asks_answers_202_with_where_to_confirm(
    market: Market, client: httpx.AsyncClient
) -> None:
    listing, buyer = await market.listed(), await market.buyer("4000002500003155")
    waits = await client.post(
        "/market/subscribe", json=wish(buyer, listing.id), headers=buyer.headers
    )
    assert waits.status_code == 202
    assert waits.json()["status"] == "incomplete"
    paid = await client.post(waits.json()["action_url"], headers=buyer.headers)
    assert paid.json()["state"] == "succeeded"
    await market.settle()
    shown = (await client.get("/market/subscriptions", headers=buyer.headers)).json()
    assert shown["data"][0]["status"] == "active"


async def test_strangers_neither_see_nor_cancel_it(
    market: Market, client: httpx.AsyncClient
) -> None:
    listing, buyer, stranger = await market.listed(), await market.buyer(), await market.buyer()
    made = await client.post(
        "/market/subscribe", json=wish(buyer, listing.id), headers=buyer.headers
    )
    assert (await client.get("/market/subscriptions", headers=stranger.headers)).json()[
        "data"
    ] == []
    refused = await client.post(
        "/market/cancel", json={"subscription_id": made.json()["id"], "at": "now"}, headers=stranger.headers
    )  # fmt: skip
    assert refused.status_code == 404
    assert (await client.get("/market/subscriptions")).status_code == 401
    assert (await client.post("/market/subscribe", json=wish(buyer, listing.id))).status_code == 401


async def test_without_an_idempotency_key_nothing_is_charged(
    market: Market, client: httpx.AsyncClient
) -> None:
    listing, buyer = await market.listed(), await market.buyer()
    refused = await client.post(
        "/market/subscribe",
        json=wish(buyer, listing.id),
        headers={**buyer.headers, "Idempotency-Key": ""},
    )
    assert refused.status_code == 400
    assert await market.count("fake_charge") == 0


async def test_pages_of_subscriptions(market: Market, client: httpx.AsyncClient) -> None:
    buyer = await market.buyer()
    for _ in range(3):
        await market.subscribe(buyer, await market.listed())
    seen: list[str] = []
    after = None
    while True:
        query = {"limit": 2} | ({"after": after} if after else {})
        page = (
            await client.get("/market/subscriptions", params=query, headers=buyer.headers)
        ).json()
        seen += [s["id"] for s in page["data"]]
        after = page["next"]
        if not page["has_more"]:
            break
    assert len(seen) == len(set(seen)) == 3
