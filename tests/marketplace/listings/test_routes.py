"""Listings over HTTP: write, find, look closely, and who sees a draft."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from arena.kit.settings import Settings
from arena.marketplace.disclosures import HYPOTHETICAL
from arena.marketplace.entitlements.routes import routes as card_routes
from arena.marketplace.listings.routes import routes
from arena.marketplace.moderation.routes import routes as moderation_routes
from arena.signals.lab.trials import (
    Configuration,
    Figures,
    family_id,
    record_results,
    register_trials,
)
from tests.http import make_client
from tests.marketplace.market import WORDS, Market


@pytest.fixture
async def client(market: Market, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with make_client(market.db, settings, routes, moderation_routes, card_routes) as opened:
        yield opened


def body(**changes: Any) -> dict[str, Any]:
    words = {
        name: getattr(WORDS, name)
        for name in ("title", "summary", "intended_use", "method", "risks")
    }
    return {**words, **changes}


async def test_a_creator_drafts_and_updates_over_http(
    market: Market, client: httpx.AsyncClient
) -> None:
    author, _, headers = await market.creator()
    made = await client.post("/market/listings", json=body(feed_id=author.feed.id), headers=headers)
    assert made.status_code == 201
    assert [(t["tier"], t["amount"]) for t in made.json()["tiers"]] == [
        ("basic", 2900), ("pro", 9900), ("enterprise", 49900),
    ]  # fmt: skip
    changed = await client.post(
        "/market/listings", headers=headers,
        json=body(id=made.json()["id"], title="Southwind", note="A better name", expected_version=1),
    )  # fmt: skip
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    card = (await client.get(f"/market/listings/{made.json()['id']}", headers=headers)).json()
    assert [v["note"] for v in card["versions"]] == ["A better name", "First version"]
    assert card["access"] == {
        "allowed": True,
        "reason": "owner",
        "tier": "enterprise",
        "until": None,
    }


async def test_a_draft_is_seen_by_its_creator_and_operators_only(
    market: Market, client: httpx.AsyncClient
) -> None:
    author, _, headers = await market.creator()
    _, operator = await market.operator()
    _, _, stranger = await market.creator()
    made = (
        await client.post("/market/listings", json=body(feed_id=author.feed.id), headers=headers)
    ).json()
    path = f"/market/listings/{made['id']}"
    for suffix in ("", "/disclosures", "/evidence", "/record"):
        assert (await client.get(path + suffix)).status_code == 404
        assert (await client.get(path + suffix, headers=stranger)).status_code == 404
    assert (await client.get(path, headers=operator)).status_code == 200
    assert (await client.get(path + "/disclosures", headers=headers)).status_code == 200


async def test_the_checklist_says_what_is_missing(
    market: Market, client: httpx.AsyncClient
) -> None:
    author, _, headers = await market.creator()
    made = (
        await client.post("/market/listings", json=body(feed_id=author.feed.id), headers=headers)
    ).json()
    checklist = (await client.get(f"/market/listings/{made['id']}/gates", headers=headers)).json()
    assert not checklist["passed"]
    details = {gate["name"]: gate["detail"] for gate in checklist["gates"]}
    assert details["burn_in_days"] == "0 of 30 days of forward record since the first signal."
    refused = await client.post(f"/market/listings/{made['id']}/submit", headers=headers)
    assert refused.status_code == 422
    assert [g["name"] for g in refused.json()["gates"]] == [g["name"] for g in checklist["gates"]]
    listing = await market.listed()
    other = await client.get(f"/market/listings/{listing.id}/gates", headers=headers)
    assert other.status_code == 403


async def test_disclosures_carry_the_prescribed_statement_costs_and_shares(
    market: Market, client: httpx.AsyncClient
) -> None:
    listing = await market.listed()
    said = (await client.get(f"/market/listings/{listing.id}/disclosures")).json()
    assert said["hypothetical_statement"] == HYPOTHETICAL
    assert said["shares"] == {"creator_bps": 8500, "platform_bps": 1500}
    assert said["costs"]["fee_taker_bps"] == "10"
    assert said["parity"] is None
    assert "no live fills" in said["parity_why"]
    assert set(said["lineage"]) == {
        "pack_sha",
        "indicator_set_sha",
        "model_config_sha",
        "policy_sha",
    }


async def test_a_card_shows_seats_left_and_the_callers_access(
    market: Market, client: httpx.AsyncClient
) -> None:
    listing, buyer = await market.listed(seats=2), await market.buyer()
    await market.subscribe(buyer, listing, "pro")
    mine = (await client.get(f"/market/listings/{listing.id}", headers=buyer.headers)).json()
    assert mine["seats_left"] == {"basic": 2, "pro": 1, "enterprise": 2}
    assert (mine["access"]["reason"], mine["access"]["tier"]) == ("paid", "pro")
    anonymous = (await client.get(f"/market/listings/{listing.id}")).json()
    assert not anonymous["access"]["allowed"]


async def test_a_card_says_how_many_trials_its_model_took(
    market: Market, client: httpx.AsyncClient
) -> None:
    author, actor, _ = await market.creator()
    listing = await market.listed(author=author, actor=actor)
    address = f"/market/listings/{listing.id}"
    before = await client.get(address)
    none = before.json()["trials"]
    assert (none["model"], none["trials"], none["owner_trials"]) == ("by hand", 0, 0)
    async with market.db.transaction() as tx:
        runs = [Configuration(author.feed.lineage, "lab-1", seed=seed) for seed in range(3)]
        shas = await register_trials(tx, author.collective.id, runs, kind="backtest")
        ran = {shas[0]: Figures(0.1, 1.0, 0.2, 9, 90)}
        await record_results(tx, author.collective.id, ran, vouched="reproduced")
    card = await client.get(address, headers={"If-None-Match": before.headers["etag"]})
    assert card.status_code == 200
    assert card.json()["trials"] == {
        **none, "family": family_id(actor.id, "by hand"), "trials": 3, "owner_trials": 3, "reproduced": 1,
    }  # fmt: skip


async def test_lists_and_scores_are_public_and_filterable(
    market: Market, client: httpx.AsyncClient
) -> None:
    listing = await market.listed()
    found = (await client.get("/market/listings", params={"q": "northwind", "tier": "pro"})).json()
    assert [item["id"] for item in found["data"]] == [listing.id]
    assert (await client.get("/market/listings", params={"price_max": 100})).json()["data"] == []
    scores = (await client.get("/market/scores")).json()
    assert [score["listing_id"] for score in scores["data"]] == [listing.id]


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": ""}, {"title": "a\x00b"}, {"tiers": {}}, {"tiers": {"gold": {"amount": 100}}},
        {"tiers": {"pro": {"amount": 1}}}, {"tiers": {"pro": {"amount": 10**30}}}, {"extra": 1},
        {"feed_id": "fd_x"}, {"id": "lst_" + "0" * 26, "feed_id": "fd_" + "0" * 26},
    ],
)  # fmt: skip
async def test_bad_drafts_are_refused_not_broken(
    market: Market, client: httpx.AsyncClient, wrong: dict[str, Any]
) -> None:
    author, _, headers = await market.creator()
    draft = body(feed_id=author.feed.id) | wrong
    answer = await client.post("/market/listings", json=draft, headers=headers)
    assert answer.status_code == 422


async def test_pause_resume_delist_are_the_creators(
    market: Market, client: httpx.AsyncClient
) -> None:
    author, actor, headers = await market.creator()
    listing = await market.listed(author=author, actor=actor)
    _, _, stranger = await market.creator()
    for verb, status in (("pause", "paused"), ("resume", "listed"), ("delist", "delisted")):
        path = f"/market/listings/{listing.id}/{verb}"
        assert (await client.post(path, headers=stranger)).status_code == 403
        assert (await client.post(path, headers=headers)).json()["status"] == status


async def test_who_has_the_answer_already_is_told_so_until_it_changes(
    market: Market, client: httpx.AsyncClient
) -> None:
    listing, buyer = await market.listed(), await market.buyer()
    for path in ("/market/listings", "/market/scores", f"/market/listings/{listing.id}"):
        first = await client.get(path, headers=buyer.headers)
        asked = {**buyer.headers, "If-None-Match": f'"other", {first.headers["etag"]}'}
        again = await client.get(path, headers=asked)
        assert (again.status_code, again.content) == (304, b"")
    await market.subscribe(buyer, listing)
    assert (await client.get(path, headers=asked)).status_code == 200
