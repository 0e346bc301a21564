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


async def test_a_price_that_was_not_agreed_to_is_not_charged(
    market: Market, client: httpx.AsyncClient
) -> None:
    listing, buyer = await market.listed(), await market.buyer()
    for amount, status in ((9_800, 409), (9_900, 201)):
        answer = await client.post(
            "/market/subscribe", json={**wish(buyer, listing.id), "amount": amount},
            headers={**buyer.headers, "Idempotency-Key": str(amount)},
        )  # fmt: skip
        assert answer.status_code == status
    assert await market.count("fake_charge") == 1


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


async def test_a_change_is_quoted_and_taken_at_its_figures_and_another_is_refused(
    market: Market, client: httpx.AsyncClient
) -> None:
    listing, buyer = await market.listed(), await market.buyer()
    made = await client.post(
        "/market/subscribe", json=wish(buyer, listing.id, "basic"), headers=buyer.headers
    )
    path = f"/market/subscriptions/{made.json()['id']}"
    quote = (await client.get(f"{path}/change?tier=pro", headers=buyer.headers)).json()
    assert (quote["now"], quote["charge"], quote["owed"], quote["unused"]) == (
        True, 7_000, 9_900, 2_900,
    )  # fmt: skip
    figures = {name: quote[name] for name in ("tier", "charge", "at")}
    moved = await client.post(
        f"{path}/change", json={**figures, "charge": 1}, headers=buyer.headers
    )
    assert (moved.status_code, moved.json()["code"]) == (409, "proration_moved")
    key = {**buyer.headers, "Idempotency-Key": "change"}
    for _ in range(2):
        taken = await client.post(f"{path}/change", json=figures, headers=key)
        assert (taken.status_code, taken.json()["tier"]) == (200, "pro")
    assert await market.count("fake_charge") == 2
    other = await client.post(f"{path}/change", json={**figures, "tier": "enterprise"}, headers=key)
    assert other.status_code == 422


async def test_a_cancellation_is_undone_and_prices_are_agreed_to(
    market: Market, client: httpx.AsyncClient
) -> None:
    listing, buyer = await market.listed(), await market.buyer()
    made = await client.post(
        "/market/subscribe", json=wish(buyer, listing.id), headers=buyer.headers
    )
    path, body = (
        f"/market/subscriptions/{made.json()['id']}",
        {"subscription_id": made.json()["id"]},
    )
    await client.post("/market/cancel", json=body, headers=buyer.headers)
    kept = await client.post(f"{path}/undo", headers=buyer.headers)
    assert (kept.status_code, kept.json()["cancel_at_period_end"]) == (200, False)
    again = await client.post(f"{path}/undo", headers=buyer.headers)
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_undo")
    for amount, status in ((9_900, 200), (9_901, 409)):
        answer = await client.post(f"{path}/price", json={"amount": amount}, headers=buyer.headers)
        assert answer.status_code == status
    back = await client.post(f"{path}/cooling-off", headers=buyer.headers)
    assert (back.json()["status"], back.json()["end_reason"]) == ("ended", "cooling_off")


async def test_no_act_reaches_the_subscription_of_another(
    market: Market, client: httpx.AsyncClient
) -> None:
    listing, buyer, other = await market.listed(), await market.buyer(), await market.buyer()
    made = await client.post(
        "/market/subscribe", json=wish(buyer, listing.id, "basic"), headers=buyer.headers
    )
    path = f"/market/subscriptions/{made.json()['id']}"
    figures = {"tier": "pro", "charge": 7_000, "at": "2021-09-27T14:00:00.000Z"}
    answers = [
        await client.get(f"{path}/change?tier=pro", headers=other.headers),
        await client.post(f"{path}/change", json=figures, headers=other.headers),
        await client.post(f"{path}/undo", headers=other.headers),
        await client.post(f"{path}/price", json={"amount": 2_900}, headers=other.headers),
        await client.post(f"{path}/cooling-off", headers=other.headers),
    ]
    assert [answer.status_code for answer in answers] == [404] * 5
    assert (await client.get(f"{path}/change?tier=pro")).status_code == 401


async def test_coupons_are_made_seen_with_their_uses_and_stopped(
    market: Market, client: httpx.AsyncClient
) -> None:
    author, actor, headers = await market.creator()
    listing = await market.listed(author=author, actor=actor)
    coupon = {"code": "spring", "listing_id": listing.id, "percent": 25, "uses_max": 2}
    made = await client.post("/market/coupons", json=coupon, headers=headers)
    assert (made.status_code, made.json()["code"], made.json()["used"]) == (201, "SPRING", 0)
    buyer = await market.buyer()
    bought = await client.post(
        "/market/subscribe", json={**wish(buyer, listing.id), "coupon": "SPRING"}, headers=buyer.headers
    )  # fmt: skip
    assert bought.status_code == 201
    [shown] = (await client.get("/market/coupons", headers=headers)).json()["data"]
    assert (shown["used"], shown["uses_max"]) == (1, 2)
    stopped = await client.post(f"/market/coupons/{shown['id']}/stop", headers=headers)
    assert stopped.json()["stopped_at"] is not None
    late = await market.buyer()
    refused = await client.post(
        "/market/subscribe", json={**wish(late, listing.id), "coupon": "SPRING"}, headers=late.headers
    )  # fmt: skip
    assert (refused.status_code, refused.json()["code"]) == (422, "coupon_refused")
    for wrong in ({"percent": 25, "amount": 100}, {}, {"percent": 91}):
        body = {"code": "OTHER", "listing_id": listing.id, **wrong}
        answer = await client.post("/market/coupons", json=body, headers=headers)
        assert answer.status_code == 422
    assert (await client.post("/market/coupons", json=coupon, headers=buyer.headers)).status_code == 403  # fmt: skip
