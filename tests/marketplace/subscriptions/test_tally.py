"""The tally of a creator's listings: who holds what, at which price, and who came and went."""

from datetime import timedelta

import pytest

from arena.kit.db import Database
from arena.kit.money import Money
from arena.kit.settings import Settings
from arena.marketplace import listings, subscriptions
from tests.marketplace.market import PRICES, WORDS, Market, open_market


async def test_each_pays_the_price_of_the_day_and_shares_are_split_as_charges_are(
    db: Database, settings: Settings
) -> None:
    market = await open_market(db, settings)
    author, actor, _ = await market.creator()
    listing = await market.listed(author=author, actor=actor)
    await market.subscribe(await market.buyer(), listing)
    async with db.transaction() as tx:
        tiers = [listings.Tier("pro", Money(3_333)), *PRICES[2:]]
        dearer = await listings.update(
            tx, listing.id, words=WORDS, tiers=tiers, note="Cheaper", actor=actor
        )
    for _ in range(2):
        await market.subscribe(await market.buyer(), dearer)
    found = (await counted(market, listing.id))["pro"]
    assert (found.holders, found.joined, found.left) == (3, 3, 0)
    assert found.monthly == Money(9_900 + 2 * 3_333)
    assert found.share == Money(8_415 + 2 * 2_833), "85 % of each charge, by largest remainder"


async def test_who_is_ending_pays_no_more_and_who_left_is_counted_for_a_month(
    db: Database, settings: Settings
) -> None:
    market = await open_market(db, settings)
    listing = await market.listed()
    buyers = [await market.buyer() for _ in range(3)]
    held = [(await market.subscribe(buyer, listing)).subscription for buyer in buyers]
    await subscriptions.cancel(
        db, market.gateway, held[0].id, at="period_end", actor=buyers[0].actor
    )
    await subscriptions.cancel(db, market.gateway, held[1].id, at="now", actor=buyers[1].actor)
    found = (await counted(market, listing.id))["pro"]
    assert (found.holders, found.ending, found.joined, found.left) == (2, 1, 3, 1)
    assert found.monthly == Money(9_900)
    market.at(db.clock.now() + timedelta(days=31))
    found = (await counted(market, listing.id))["pro"]
    assert (found.joined, found.left) == (0, 0)


async def test_a_card_that_was_declined_counts_nowhere(db: Database, settings: Settings) -> None:
    market = await open_market(db, settings)
    listing = await market.listed()
    with pytest.raises(subscriptions.CardDeclined):
        await market.subscribe(await market.buyer("4000000000000002"), listing)
    async with db.transaction(readonly=True) as tx:
        assert await subscriptions.tally(tx, [listing.id]) == {}


async def counted(market: Market, listing_id: str) -> dict[str, subscriptions.Tally]:
    async with market.db.transaction(readonly=True) as tx:
        return (await subscriptions.tally(tx, [listing_id]))[listing_id]
