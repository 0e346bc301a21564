"""A card is published with a feed of its own lineage, and asks more gates of the listing; others stay as they were."""

from typing import Any

import pytest

from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.marketplace import listings
from arena.marketplace.entitlements.routes import routes as entitlement_routes
from arena.marketplace.listings.routes import routes
from arena.people.access import Actor
from arena.signals import feeds, lab
from arena.signals.lab import cards
from tests.http import make_client
from tests.marketplace.market import PRICES, Market, open_market
from tests.signals.lab.cards.making import made_card
from tests.signals.stage import Author


@pytest.fixture
async def market(db: Database, settings: Settings) -> Market:
    return await open_market(db, settings)


async def kept(market: Market, author: Author, *, adopt: bool = True, **changes: Any) -> cards.Kept:
    """A card of the author's collective; with `adopt` its feed goes by the card's lineage."""
    async with market.db.transaction() as tx:
        card = await cards.keep_card(tx, author.collective.id, made_card(**changes))
        if adopt:
            declared = await lab.declared(tx, card.lineage.as_dict())
            await feeds.set_lineage(tx, author.feed.id, declared, actor=author.actor)
    return card


async def publish(market: Market, sha: str, feed_id: str, actor: Actor) -> listings.Listing:
    async with market.db.transaction() as tx:
        return await listings.publish_card(tx, sha, feed_id, tiers=PRICES, actor=actor)


async def gates_of(market: Market, listing: listings.Listing) -> dict[str, bool]:
    async with market.db.transaction() as tx:
        found = await listings.gates(tx, listing, market.settings)
    return {gate.name: gate.passed for gate in found}


async def test_a_card_becomes_a_draft_in_its_own_words(market: Market) -> None:
    author, actor, _ = await market.creator()
    card = await kept(market, author)
    made = await publish(market, card.sha, author.feed.id, actor)
    assert made.status is listings.Status.DRAFT
    assert made.words.title == "Northwind Crossing"
    assert made.words.method == card.body["method"]
    assert made.words.intended_use == card.body["words"]["intended_use"]
    assert "Loses in sideways markets." in made.words.risks
    async with market.db.transaction() as tx:
        lines = await tx.fetch(
            "select action, object, actor from audit_event where action ~ 'card' order by id"
        )
        shown = await listings.card_of(tx, made.id)
    assert [(line["action"], line["object"]) for line in lines] == [
        ("lab.keep_card", card.sha),
        ("listings.link_card", made.id),
    ]
    assert lines[1]["actor"] == actor.id
    assert shown is not None
    assert shown.sha == card.sha
    again = await publish(market, card.sha, author.feed.id, actor)
    assert (again.id, again.version) == (made.id, 1)
    assert await market.count("listing_card") == 1


async def test_a_listing_with_a_card_passes_more_gates_than_one_without(market: Market) -> None:
    author, actor, _ = await market.creator()
    card = await kept(market, author)
    made = await publish(market, card.sha, author.feed.id, actor)
    found = await gates_of(market, made)
    more = {"trials", "card_lineage", "disclosures", "identity"}
    assert {name for name in found if name in more and found[name]} == more
    plain = await gates_of(market, await market.listed())
    assert not more & set(plain)


async def test_a_feed_that_went_on_to_another_model_does_not_pass(market: Market) -> None:
    author, actor, _ = await market.creator()
    card = await kept(market, author)
    made = await publish(market, card.sha, author.feed.id, actor)
    newer = await kept(market, author, seed=2)
    assert (await gates_of(market, made))["card_lineage"] is False
    with pytest.raises(listings.NotTheFeedsCard):
        await publish(market, card.sha, author.feed.id, actor)
    assert (await publish(market, newer.sha, author.feed.id, actor)).id == made.id
    assert (await gates_of(market, made))["card_lineage"] is True


async def test_a_card_of_another_lineage_is_refused_with_what_differs(market: Market) -> None:
    author, actor, _ = await market.creator()
    card = await kept(market, author, adopt=False)
    with pytest.raises(listings.NotTheFeedsCard, match=r"POST /feeds/fd_\w+/lineage") as refused:
        await publish(market, card.sha, author.feed.id, actor)
    assert refused.value.facts["differ"] == "pack, indicator_set, model_config, policy"
    assert await market.count("listing") == 0


async def test_what_is_anothers_cannot_be_published(market: Market) -> None:
    author, _, _ = await market.creator()
    other, stranger, _ = await market.creator()
    card = await kept(market, author)
    with pytest.raises(listings.NotYourFeedToList):
        await publish(market, card.sha, author.feed.id, stranger)
    with pytest.raises(listings.NotYourCard):
        await publish(market, card.sha, other.feed.id, stranger)


async def test_a_card_that_says_next_to_nothing_makes_no_listing(market: Market) -> None:
    author, actor, _ = await market.creator()
    words = {
        "intended_use": "Mine.",
        "known_failures": "None that I know.",
        "risks": "All of it may go.",
    }
    card = await kept(market, author, words=words)
    with pytest.raises(listings.CardSaysTooLittle, match="intended_use"):
        await publish(market, card.sha, author.feed.id, actor)


async def test_a_card_is_published_over_http(
    market: Market, db: Database, settings: Settings
) -> None:
    author, _, headers = await market.creator()
    card = await kept(market, author)
    async with make_client(db, settings, routes, entitlement_routes) as client:
        body = {"card": card.sha, "feed_id": author.feed.id}
        answer = await client.post("/market/cards", json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        gates = await client.get(f"/market/listings/{answer.json()['id']}/gates", headers=headers)
        assert {"trials", "identity"} <= {gate["name"] for gate in gates.json()["gates"]}
        shown = await client.get(f"/market/listings/{answer.json()['id']}", headers=headers)
        assert shown.json()["model_card"]["sha"] == card.sha
        assert shown.json()["model_card"]["label"] == "self_reported"
