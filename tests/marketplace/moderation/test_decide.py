"""Decisions on submissions: with a reason, once, and only by operators."""

from dataclasses import replace

import pytest

from arena.evidence import audit
from arena.kit.db import Tx
from arena.kit.settings import Settings
from arena.marketplace import listings, moderation
from arena.marketplace.listings.routes import routes as listing_routes
from arena.marketplace.moderation import store
from arena.marketplace.moderation.routes import routes
from arena.people.access import Actor, scopes_of
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


async def test_nobody_puts_their_own_listing_on_offer(market: Market, settings: Settings) -> None:
    author, actor, _ = await market.creator()
    async with market.db.transaction() as tx:
        await tx.execute("update person set roles = '{creator,operator}' where id = $1", actor.id)
        made = await listings.draft(
            tx, feed_id=author.feed.id, words=WORDS, tiers=PRICES, actor=actor
        )
        await listings.move(tx, made.id, listings.Status.SUBMITTED, actor=actor)
        await _open_case(tx, made, author.collective.id)  # handed in by the collective's own key
    case_id = f"mod_{made.id.removeprefix('lst_')}"
    both = Actor("person", actor.id, scopes_of(("creator", "operator")))
    async with market.db.transaction() as tx:
        with pytest.raises(moderation.OwnCase, match=made.id):
            await moderation.approve(tx, case_id, actor=both, reason="It is very good.")
    async with market.db.transaction() as tx:
        assert (await moderation.case(tx, case_id)).state == "open"
        assert await audit.search(tx, action="moderation.approved") == []
        assert await moderation.is_own(tx, made.id, both)
        await moderation.reject(tx, case_id, actor=both, reason="Not yet.")
        assert (await listings.listing(tx, made.id)).status is listings.Status.DRAFT


async def test_whoever_handed_it_in_does_not_approve_it(market: Market) -> None:
    made, case_id = await submitted(market)
    operator, _ = await market.operator()
    async with market.db.transaction() as tx:
        await tx.execute("update moderation_case set submitted_by = $1", operator.id)
        with pytest.raises(moderation.OwnCase):
            await moderation.approve(tx, case_id, actor=operator, reason="Good.")
        assert not await moderation.is_own(tx, made.id, operator)


async def test_cases_are_in_order_though_the_tape_stands_still(market: Market) -> None:
    made, case_id = await submitted(market)
    operator, _ = await market.operator()
    owner = Actor("person", made.creator_id, scopes_of(("creator",)))
    for number, title in (("z", WORDS.title), ("a", "Another title")):
        async with market.db.transaction() as tx:
            await moderation.reject(tx, case_id, actor=operator, reason="Not yet.")
            if title != WORDS.title:
                await listings.update(
                    tx, made.id, words=replace(WORDS, title=title), tiers=PRICES, note="As asked",
                    actor=owner,
                )  # fmt: skip
            again = await listings.move(tx, made.id, listings.Status.SUBMITTED, actor=owner)
            case_id = f"mod_{number}{made.id[5:]}"
            await store.insert(tx, case_id, listing=(made.id, again.version), gates=[], by=owner.id)
    async with market.db.transaction() as tx:
        newest = await moderation.case_of(tx, made.id)
        assert newest is not None
        assert (newest.state, newest.version) == ("open", 2)
        assert (await moderation.cases_of(tx, made.id))[0] == newest
        [row] = await moderation.queue(tx)
        assert (row.title, row.earlier) == ("Another title", 2)


async def test_changed_words_wait_until_somebody_has_looked(market: Market) -> None:
    made, case_id = await submitted(market)
    operator, _ = await market.operator()
    async with market.db.transaction() as tx:
        await moderation.approve(tx, case_id, actor=operator, reason="Good.")
        assert await moderation.changed(tx) == []
        assert (await moderation.waiting(tx)).changed == 0
        owner = Actor("person", made.creator_id, scopes_of(("creator",)))
        await listings.update(
            tx, made.id, words=replace(WORDS, risks="There are none, honestly."), tiers=PRICES,
            note="Calmer", actor=owner,
        )  # fmt: skip
        [change] = await moderation.changed(tx)
        assert (change.listing_id, change.reviewed, change.version) == (made.id, 1, 2)
        waiting = await moderation.waiting(tx)
        assert (waiting.cases, waiting.changed, waiting.changed_at) == (0, 1, tx.now)
        with pytest.raises(moderation.OwnCase):
            await moderation.see(tx, made.id, 2, actor=owner)
        with pytest.raises(listings.VersionMoved):
            await moderation.see(tx, made.id, 3, actor=operator)
        for _ in range(2):
            await moderation.see(tx, made.id, 2, actor=operator)
        [event] = await audit.search(tx, object=made.id, action="moderation.seen")
        assert event.detail == {"version": 2}
        assert await moderation.changed(tx) == []
        await listings.pause(tx, made.id, actor=owner)
        await listings.update(tx, made.id, words=WORDS, tiers=PRICES, note="Back", actor=owner)
        [change] = await moderation.changed(tx)
        assert (change.status, change.reviewed, change.version) == ("paused", 2, 3)
        await listings.delist(tx, made.id, actor=owner)
        assert await moderation.changed(tx) == []
