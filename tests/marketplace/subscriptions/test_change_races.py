"""Changes that race: for seats, and with the worker that renews."""

import asyncio

import pytest

from arena.kit.money import Money
from arena.marketplace import listings
from arena.marketplace.listings import Tier
from arena.marketplace.subscriptions import Agreed, Changed, NewTerms, SeatsTaken, renew_due
from tests.marketplace.market import Market
from tests.marketplace.subscriptions.test_change import changed, held


async def test_fifty_buyers_race_for_the_last_ten_seats_of_a_higher_tier_and_ten_get_them(
    market: Market,
) -> None:
    tiers = (Tier("basic", Money(2_900)), Tier("pro", Money(9_900), seats=10))
    listing = await market.listed(tiers=tiers)
    buyers = [await market.buyer() for _ in range(50)]
    subscribed = [
        (await market.subscribe(buyer, listing, "basic")).subscription for buyer in buyers
    ]
    agreed = [Agreed(f"race{i}", Money(7_000), market.stage.now) for i in range(50)]
    answers = await asyncio.gather(
        *(changed(market, buyer, NewTerms(found.id, "pro", "month"), agreed=how)
          for buyer, found, how in zip(buyers, subscribed, agreed, strict=True)),
        return_exceptions=True,
    )  # fmt: skip
    assert sum(isinstance(a, Changed) for a in answers) == 10
    assert sum(isinstance(a, SeatsTaken) for a in answers) == 40
    assert await market.count("subscription", "tier = 'pro'") == 10
    assert await market.count("fake_charge", "amount = 7000") == 10


async def test_a_downgrade_that_waits_holds_its_seat(market: Market) -> None:
    tiers = (Tier("basic", Money(2_900), seats=1), Tier("pro", Money(9_900)))
    buyer, found = await held(market, "pro", tiers)
    await changed(market, buyer, NewTerms(found.id, "basic", "month"))
    async with market.db.transaction() as tx:
        listing = await listings.listing(tx, found.listing_id)
    with pytest.raises(SeatsTaken):
        await market.subscribe(await market.buyer(), listing, "basic")


async def test_workers_and_changes_at_the_same_moment_charge_each_once(market: Market) -> None:
    buyer, found = await held(market, "pro")
    await changed(market, buyer, NewTerms(found.id, "basic", "month"))
    assert found.period_end is not None
    market.at(found.period_end)
    await asyncio.gather(*(renew_due(market.db, market.gateway) for _ in range(4)))
    await market.settle()
    assert (await market.subscription(found.id)).tier == "basic"
    assert await market.count("fake_charge") == 2
