"""What a listing is held to follows from its card where nothing is said, is kept with the version, and is checked."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.marketplace import listings
from arena.marketplace.listings.promises import _shortfall, _volatility, suggested
from arena.marketplace.listings.routes import routes
from arena.people.access import SYSTEM, Actor, scopes_of
from arena.signals import feeds, lab
from arena.signals.lab import cards
from tests.http import make_client
from tests.marketplace.market import PRICES, WORDS, Market, open_market
from tests.signals.lab.cards.making import made_card
from tests.signals.stage import Author

SAID = listings.Thresholds(drawdown_max_pct=20)


@pytest.fixture
async def market(db: Database, settings: Settings) -> Market:
    return await open_market(db, settings)


async def published(
    market: Market, said: listings.Thresholds = SAID
) -> tuple[Author, listings.Listing]:
    """A draft of the author's card, with what is said of its thresholds."""
    author, actor, _ = await market.creator()
    async with market.db.transaction() as tx:
        card = await cards.keep_card(tx, author.collective.id, made_card())
        lineage = await lab.declared(tx, card.lineage.as_dict())
        await feeds.set_lineage(tx, author.feed.id, lineage, actor=author.actor)
        made = await listings.publish_card(
            tx, card.sha, author.feed.id, tiers=PRICES, thresholds=said, actor=actor
        )
    return author, made


def test_what_is_not_said_follows_from_policy_and_back_test() -> None:
    card = made_card()
    net = card["figures"]["walk_forward"]["net"]["max_drawdown"]
    found = suggested(card, listings.Thresholds(volatility_max_pct=150))
    assert found.volatility_max_pct == 150
    assert found.shortfall_errors_max == 3
    assert found.weight_max_pct == card["documents"]["policy"]["sizing"]["weight_max_pct"]
    assert found.drawdown_max_pct is not None
    assert found.drawdown_max_pct >= net * 100
    bounded = made_card()
    bounded["documents"]["policy"]["limits"]["drawdown_max_pct"] = 7
    assert suggested(bounded, listings.Thresholds()).drawdown_max_pct == 7


async def test_thresholds_stand_in_the_version_and_are_changed_not_taken_back(
    market: Market,
) -> None:
    author, made = await published(market)
    assert made.thresholds is not None
    assert made.thresholds.drawdown_max_pct == 20
    async with market.db.transaction() as tx:
        [first] = await listings.versions(tx, made.id)
        card = await listings.card_of(tx, made.id)
        assert card is not None
    assert first.body["thresholds"]["drawdown_max_pct"] == 20
    actor = Actor("person", made.creator_id, scopes_of(("creator",)))
    async with market.db.transaction() as tx:
        again = await listings.publish_card(
            tx, card.sha, author.feed.id, tiers=PRICES, thresholds=SAID, actor=actor
        )
        assert again.version == 1
        tighter = await listings.publish_card(
            tx, card.sha, author.feed.id, tiers=PRICES,
            thresholds=listings.Thresholds(weight_max_pct=30), actor=actor,
        )  # fmt: skip
    assert tighter.version == 2
    assert tighter.thresholds == replace(made.thresholds, weight_max_pct=30)
    async with market.db.transaction() as tx:
        reworded = await listings.update(
            tx, made.id, words=WORDS, tiers=PRICES, note="Other words", actor=actor
        )
    assert reworded.thresholds == tighter.thresholds


async def test_a_version_without_thresholds_keeps_its_form(market: Market) -> None:
    plain = await market.listed()
    async with market.db.transaction() as tx:
        [version] = await listings.versions(tx, plain.id)
        assert await listings.promises(tx, plain, tx.now) == []
    assert "thresholds" not in version.body


async def test_a_broken_promise_is_a_fact_that_anybody_reads(market: Market) -> None:
    author, made = await published(market, listings.Thresholds(weight_max_pct=30))
    await author.publish(target_weight=Decimal("0.5"), action="open")
    async with market.db.transaction() as tx:
        for status in (listings.Status.SUBMITTED, listings.Status.LISTED):
            await listings.move(tx, made.id, status, actor=SYSTEM)
    async with make_client(market.db, market.settings, routes) as client:
        today = (await client.get(f"/market/listings/{made.id}/thresholds")).json()
        market.at(market.stage.now + timedelta(days=1))
        told = (await client.get(f"/market/listings/{made.id}/thresholds")).json()
        shown = (await client.get(f"/market/listings/{made.id}/card")).json()
        [listed] = (await client.get("/market/listings")).json()["data"]
        plain = await client.get(f"/market/listings/{(await market.listed()).id}/card")
    assert today["kept"] is True, "what a feed holds today is paid for"
    assert told["kept"] is False
    weight = next(one for one in told["thresholds"] if one["name"] == "weight_max_pct")
    assert (weight["found"], weight["kept"]) == (50.0, False)
    assert "The largest target so far is 50 %" in weight["detail"]
    assert listed["thresholds"]["weight_max_pct"] == 30
    assert shown["label"] == "self_reported"
    assert shown["chosen"]["study_trials"] == made_card()["figures"]["luck"]["trials"]
    assert plain.json()["code"] == "no_card_shown"


def test_drift_is_told_from_thirty_days_on() -> None:
    chance = np.random.default_rng(1)
    tested = chance.normal(0.001, 0.01, 400)
    few = _shortfall(3, chance.normal(-0.05, 0.01, 29), tested)
    assert few is not None
    assert few.kept is None
    worse = _shortfall(3, chance.normal(-0.02, 0.01, 60), tested)
    alike = _shortfall(3, chance.normal(0.001, 0.01, 60), tested)
    assert worse is not None
    assert alike is not None
    assert (worse.kept, alike.kept) == (False, True)
    # The difference of the means over its standard error (Welch), here worked out by hand.
    exact = _shortfall(3, np.array([0.0, 0.02] * 20), np.array([0.01, 0.03] * 50))
    assert exact is not None
    assert exact.found == pytest.approx(0.01 / np.sqrt(0.0001 / 39 + 0.0001 / 99))
    wild = _volatility(200, chance.normal(0.001, 0.03, 60), tested)
    assert wild is not None
    assert wild.kept is False
    assert wild.found == pytest.approx(300, rel=0.3)
