"""Complimentary access over HTTP: a creator's side, the claim, and who sees what; each act in the audit trail."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from arena.kit.settings import Settings
from arena.marketplace import listings
from arena.marketplace.entitlements.routes import routes as entitlement_routes
from arena.marketplace.subscriptions import complimentary
from arena.marketplace.subscriptions.routes import routes
from tests.http import make_client
from tests.marketplace.market import Buyer, Market
from tests.people.acts import GIVEN


@pytest.fixture
async def client(market: Market, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with make_client(market.db, settings, routes, entitlement_routes) as opened:
        yield opened


class Room:
    """A creator, his listing, and calls about it."""

    def __init__(self, market: Market, client: httpx.AsyncClient) -> None:
        self.market, self.client = market, client

    async def open(self) -> "Room":
        author, actor, self.headers = await self.market.creator()
        self.listing: listings.Listing = await self.market.listed(author=author, actor=actor)
        self.path = f"/market/listings/{self.listing.id}/complimentary"
        return self

    def body(self, email: str = "ada@example.org", **more: Any) -> dict[str, Any]:
        last = (self.market.stage.now + timedelta(days=9)).date().isoformat()
        return {
            "email": email, "tier": "pro", "last_day": last, "reason": "Writes a review.", **more,
        }  # fmt: skip

    async def give(self, email: str = "ada@example.org", **more: Any) -> dict[str, Any]:
        answer = await self.client.post(self.path, json=self.body(email), headers=self.headers | more)  # fmt: skip
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def token(self, made: dict[str, Any]) -> dict[str, str]:
        vault = self.market.settings.vault
        return {"token": complimentary.complimentary_token(vault, made["id"])}

    async def claim(self, made: dict[str, Any], who: Buyer) -> httpx.Response:
        return await self.client.post(
            "/market/complimentary/claim", json=self.token(made), headers=who.headers
        )


@pytest.fixture
async def room(market: Market, client: httpx.AsyncClient) -> Room:
    return await Room(market, client).open()


async def test_every_one_of_them_is_in_the_trail_and_in_the_history(
    market: Market, client: httpx.AsyncClient, room: Room
) -> None:
    guest, made = await market.buyer(), await room.give()
    claimed = await room.claim(made, guest)
    assert (claimed.status_code, claimed.json()["state"]) == (200, "claimed")
    mine = (await client.get("/market/complimentary", headers=guest.headers)).json()["data"]
    assert [each["id"] for each in mine] == [made["id"]]
    place = f"/market/complimentary/{made['id']}"
    market.at(market.stage.now + timedelta(hours=1))
    left = await client.post(f"{place}/leave", headers=guest.headers)
    assert left.json()["end_reason"] == "given_back"
    second = await room.give()
    gone = await client.post(f"/market/complimentary/{second['id']}/revoke", headers=room.headers)
    assert gone.json()["state"] == "ended"
    for action in set(GIVEN.values()):
        where = f"action = '{action}' and request_id is not null and object = '{room.listing.id}'"
        assert await market.count("audit_event", where), action
    found = await client.get(f"/market/listings/{room.listing.id}/access", headers=guest.headers)
    assert [(row["kind"], row["reason"]) for row in found.json()["history"]] == [
        ("complimentary", "comp_given_back"), ("complimentary", "comp")
    ]  # fmt: skip


async def test_the_same_call_twice_gives_once(market: Market, room: Room) -> None:
    first = await room.give(**{"Idempotency-Key": "once"})
    again = await room.give(**{"Idempotency-Key": "once"})
    assert first == again
    assert await market.count("complimentary") == 1


async def test_the_list_says_who_what_until_when_and_why_to_its_creator_and_operators_alone(
    market: Market, client: httpx.AsyncClient, room: Room
) -> None:
    guest = await market.buyer()
    made = [await room.give(f"guest{i}@example.org") for i in range(3)]
    await room.claim(made[0], guest)
    await client.post(f"/market/complimentary/{made[2]['id']}/revoke", headers=room.headers)
    _, operator = await market.operator()
    for headers in (room.headers, operator):
        first = (await client.get(f"{room.path}?limit=2", headers=headers)).json()
        assert [row["id"] for row in first["data"]] == [made[1]["id"], made[0]["id"]]
        assert first["data"][1]["state"] == "claimed"
        assert first["data"][1]["claimed_by"]
        assert first["data"][0]["reason"] == "Writes a review."
        rest = (await client.get(f"{room.path}?after={first['next']}", headers=headers)).json()
        assert [row["end_reason"] for row in rest["data"]] == ["revoked"]
    for headers, status in ((guest.headers, 403), ((await market.creator())[2], 403)):
        assert (await client.get(room.path, headers=headers)).status_code == status
    mine = await client.get("/market/complimentary", headers=guest.headers)
    assert "review" not in mine.text
    assert "guest0@" not in mine.text


async def test_an_address_with_an_account_is_answered_as_one_without(
    market: Market, room: Room
) -> None:
    guest = await market.buyer()
    async with market.db.transaction() as tx:
        known: str = await tx.fetchval("select email from person where id = $1", guest.id)
    answers = [await room.give(email) for email in (known, "nobody@example.org")]
    told = ("tier", "state", "until", "claimed_by", "claimed_at", "reason", "given_by")
    assert [answers[0][key] for key in told] == [answers[1][key] for key in told]


async def test_refusals_say_what_to_do(
    market: Market, client: httpx.AsyncClient, room: Room
) -> None:
    guest, made = await market.buyer(), await room.give()
    far = (market.stage.now + timedelta(days=400)).date().isoformat()
    claim, other = "/market/complimentary/claim", (await market.creator())[2]
    asked: list[tuple[str, dict[str, Any] | None, dict[str, str], int, str]] = [
        (room.path, room.body("nonsense"), room.headers, 422, "invalid"),
        (room.path, room.body(reason="x" * 201), room.headers, 422, "invalid"),
        (room.path, room.body(reason=" "), room.headers, 422, "invalid"),
        (room.path, room.body(last_day=far), room.headers, 422, "last_day_out_of_bounds"),
        (room.path, room.body(), guest.headers, 403, "scope_missing"),
        (room.path, room.body(), other, 403, "not_yours_to_give"),
        (claim, {"token": "cmp_forged.AAAA"}, guest.headers, 403, "complimentary_link_over"),
        (f"/market/complimentary/{made['id']}/leave", None, guest.headers, 404, "no_such_complimentary"),
        (f"/market/complimentary/{made['id']}/revoke", None, other, 404, "no_such_complimentary"),
    ]  # fmt: skip
    for place, body, headers, status, code in asked:
        answer = await client.post(place, json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code), (place, answer.text)
