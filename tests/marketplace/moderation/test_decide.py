"""Decisions on submissions: with a reason, once, and only by operators."""

import pytest

from arena.evidence import audit
from arena.kit.db import Tx
from arena.kit.settings import Settings
from arena.marketplace import listings, moderation
from arena.marketplace.listings.routes import routes as listing_routes
from arena.marketplace.moderation import store
from arena.marketplace.moderation.routes import routes
from tests.http import make_client
from tests.marketplace.market import PRICES, WORDS, Market


async def submitted(market: Market) -> tuple[listings.Listing, str]:
    """A listing under review, whose gates are not what the test is about."""
    author, actor, _ = await market.creator()
    async with market.db.transaction() as tx:
        made = await listings.draft(
            tx, feed_id=author.feed.id, words=WORDS, tiers=PRICES, actor=actor
        )
        made = await listings.move(tx, made.id, listings.Status.SUBMITTED, actor=actor)
        await _open_case(tx, made, actor.id)
    return made, f"mod_{made.id.removeprefix('lst_')}"


async def _open_case(tx: Tx, made: listings.Listing, by: str) -> None:
    case_id = f"mod_{made.id.removeprefix('lst_')}"
    await store.insert(tx, case_id, listing=(made.id, 1), gates=[], by=by)


async def test_a_rejected_listing_is_a_draft_again_with_the_reason(market: Market) -> None:
    made, case_id = await submitted(market)
    operator, _ = await market.operator()
    async with market.db.transaction() as tx:
        await moderation.reject(tx, case_id, actor=operator, reason="The risks are not said.")
        assert (await listings.listing(tx, made.id)).status is listings.Status.DRAFT
        case = await moderation.case_of(tx, made.id)
        [event] = await audit.search(tx, object=case_id)
    assert case is not None
    assert (case.state, case.reason, case.decided_by) == (
        "rejected",
        "The risks are not said.",
        operator.id,
    )
    assert (event.action, event.reason) == ("moderation.rejected", "The risks are not said.")


async def test_a_case_is_decided_once(market: Market) -> None:
    _, case_id = await submitted(market)
    operator, _ = await market.operator()
    async with market.db.transaction() as tx:
        await moderation.approve(tx, case_id, actor=operator, reason="Good.")
        with pytest.raises(moderation.CaseDecided, match="approved"):
            await moderation.reject(tx, case_id, actor=operator, reason="Bad.")


async def test_the_queue_and_decisions_are_the_operators(
    market: Market, settings: Settings
) -> None:
    made, case_id = await submitted(market)
    _, operator = await market.operator()
    _, _, creator = await market.creator()
    reason = {"reason": "Record and words agree."}
    async with make_client(market.db, settings, routes, listing_routes) as client:
        for path in (f"/moderation/{case_id}/approve", f"/market/listings/{made.id}/take-down"):
            assert (await client.post(path, json=reason, headers=creator)).status_code == 403
            assert (await client.post(path, json=reason)).status_code == 401
        queue = (await client.get("/moderation/queue", headers=operator)).json()
        assert [case["id"] for case in queue["data"]] == [case_id]
        missing = await client.post(f"/moderation/{case_id}/approve", json={}, headers=operator)
        assert missing.status_code == 422
        done = await client.post(f"/moderation/{case_id}/approve", json=reason, headers=operator)
        assert done.json()["state"] == "approved"
        offered = (await client.get("/market/listings")).json()["data"]
        assert [listing["id"] for listing in offered] == [made.id]
        down = await client.post(
            f"/market/listings/{made.id}/take-down", json=reason, headers=operator
        )
        assert down.json()["status"] == "delisted"
        assert (await client.get("/market/listings")).json()["data"] == []
    assert await market.count("fact", "kind = 'ListingTakenDown'") == 1
