"""Pauses, seats and the free tier over HTTP; each act in the audit trail."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from arena.kit.settings import Settings
from arena.marketplace import subscriptions
from arena.marketplace.entitlements.routes import routes as entitlement_routes
from arena.marketplace.subscriptions import seats
from arena.marketplace.subscriptions.routes import routes
from tests.http import make_client
from tests.marketplace.market import Market
from tests.marketplace.subscriptions.test_seats import TIERS, team
from tests.people.acts import WITH_A_SUBSCRIPTION


@pytest.fixture
async def client(market: Market, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with make_client(market.db, settings, routes, entitlement_routes) as opened:
        yield opened


async def test_every_one_of_them_is_in_the_trail(market: Market, client: httpx.AsyncClient) -> None:
    owner, found = await team(market)
    guest, path = await market.buyer(), f"/market/subscriptions/{found.id}"
    email = {"email": "ada@example.org"}
    seat = (await client.post(f"{path}/seats", json=email, headers=owner.headers)).json()
    token = {"token": seats.seat_token(market.settings.vault, seat["id"])}
    claimed = await client.post("/market/seats/claim", json=token, headers=guest.headers)
    assert (claimed.status_code, claimed.json()["state"]) == (200, "claimed")
    mine = (await client.get("/market/seats", headers=guest.headers)).json()["data"]
    assert [each["id"] for each in mine] == [seat["id"]]
    left = await client.post(f"/market/seats/{seat['id']}/leave", headers=guest.headers)
    assert left.json()["end_reason"] == "given_back"
    second = (await client.post(f"{path}/seats", json=email, headers=owner.headers)).json()
    gone = await client.post(f"{path}/seats/{second['id']}/revoke", headers=owner.headers)
    assert gone.json()["state"] == "ended"
    room = (await client.get(f"{path}/seats", headers=owner.headers)).json()
    assert (room["seats"], room["taken"], room["data"]) == (10, 0, [])
    paused = await client.post(f"{path}/pause", json={"months": 1}, headers=owner.headers)
    assert paused.json()["pause_months"] == 1
    assert found.period_end is not None
    market.at(found.period_end)
    async with market.db.transaction() as tx:
        await subscriptions.pause_due(tx)
    resumed = await client.post(f"{path}/resume", headers=owner.headers)
    assert (resumed.status_code, resumed.json()["status"]) == (200, "active")
    for action in set(WITH_A_SUBSCRIPTION.values()):
        where = f"action = '{action}' and request_id is not null and object = '{found.id}'"
        assert await market.count("audit_event", where), action


async def test_refusals_say_what_to_do(market: Market, client: httpx.AsyncClient) -> None:
    owner, found = await team(market)
    guest, path = await market.buyer(), f"/market/subscriptions/{found.id}"
    asked: list[tuple[str, dict[str, Any] | None, dict[str, str], int, str]] = [
        (f"{path}/seats", {"email": "nonsense"}, owner.headers, 422, "invalid"),
        (f"{path}/seats", {"email": "a@b.org"}, guest.headers, 404, "no_such_subscription"),
        (f"{path}/resume", None, owner.headers, 409, "not_paused"),
        (f"{path}/pause", {"months": 4}, owner.headers, 422, "invalid"),
        (f"{path}/pause", {"months": 1}, guest.headers, 404, "no_such_subscription"),
        ("/market/seats/claim", {"token": "set_forged.AAAA"}, guest.headers, 403, "seat_link_over"),
        (f"/market/listings/{found.listing_id}/follow", None, guest.headers, 409, "no_free_tier"),
        (f"/market/listings/{found.listing_id}/unfollow", None, guest.headers, 404, "not_following"),
    ]  # fmt: skip
    for place, body, headers, status, code in asked:
        answer = await client.post(place, json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code), (place, answer.text)


async def test_the_free_tier_is_set_shown_followed_and_counted(
    market: Market, client: httpx.AsyncClient
) -> None:
    author, actor, headers = await market.creator()
    listing = await market.listed(author=author, actor=actor, tiers=TIERS)
    path, guest = f"/market/listings/{listing.id}", await market.buyer()
    assert (await client.get(f"{path}/free")).json()["delay_hours"] is None
    wrong = await client.put(f"{path}/free", json={"delay_hours": 2}, headers=headers)
    assert (wrong.status_code, wrong.json()["code"]) == (422, "delay_out_of_bounds")
    made = await client.put(f"{path}/free", json={"delay_hours": 48}, headers=headers)
    assert made.json()["delay_hours"] == 48
    await client.post(f"{path}/follow", headers=guest.headers)
    mine = (await client.get("/market/follows", headers=guest.headers)).json()["data"]
    assert [each["listing_id"] for each in mine] == [listing.id]
    counted = (await client.get(f"{path}/audience", headers=headers)).json()
    assert counted["followers"] == 1
    assert (await client.get(f"{path}/audience", headers=guest.headers)).status_code == 403


async def test_why_and_since_when_is_told_to_oneself_and_to_operators_alone(
    market: Market, client: httpx.AsyncClient
) -> None:
    owner, found = await team(market)
    _, operator = await market.operator()
    stranger, path = await market.buyer(), f"/market/listings/{found.listing_id}/access"
    told = (await client.get(path, headers=owner.headers)).json()
    assert (told["allowed"], told["reason"], told["tier"]) == (True, "paid", "enterprise")
    assert [each["reason"] for each in told["history"]] == ["past_due", "grace", "paid"]
    assert told["history"][-1]["right_id"] == found.id
    nothing = (await client.get(path, headers=stranger.headers)).json()
    assert (nothing["allowed"], nothing["reason"], nothing["history"]) == (False, "none", [])
    of_owner = await client.get(f"{path}/{owner.id}", headers=operator)
    assert of_owner.json() == told
    assert (await client.get(f"{path}/{owner.id}", headers=stranger.headers)).status_code == 403
    market.at(market.stage.now + timedelta(days=1))
