"""The free tier: followed with one click, given late, closed by its creator, bounded by the operator."""

import asyncio
from datetime import timedelta

import pytest

from arena.marketplace import entitlements, listings, moderation
from arena.marketplace.listings import Listing
from arena.marketplace.subscriptions import free
from arena.people.access import Actor
from tests.marketplace.market import Buyer, Market

DELAY = timedelta(hours=48)
BOUNDS = free.Bounds(timedelta(hours=24), timedelta(hours=168))


async def opened(market: Market) -> tuple[Listing, Actor]:
    author, actor, _ = await market.creator()
    listing = await market.listed(author=author, actor=actor)
    async with market.db.transaction() as tx:
        await free.open_offer(tx, listing.id, DELAY, bounds=BOUNDS, actor=actor)
    return listing, actor


async def follows(market: Market, listing: Listing, who: Buyer) -> free.Follow:
    async with market.db.transaction() as tx:
        return await free.follow(tx, listing.id, actor=who.actor)


async def decision(market: Market, who: Buyer, listing: Listing) -> entitlements.Decision:
    async with market.db.transaction(readonly=True) as tx:
        return await entitlements.may(tx, who.id, listing.feed_id)


async def test_one_click_lets_in_late_without_a_card_and_twice_is_once(market: Market) -> None:
    listing, _ = await opened(market)
    who = await market.buyer()
    answers = await asyncio.gather(*(follows(market, listing, who) for _ in range(5)))
    assert len({answer.id for answer in answers}) == 1
    held = await decision(market, who, listing)
    assert (held.allowed, held.reason, held.tier, held.delay) == (True, "free", "free", DELAY)
    async with market.db.transaction(readonly=True) as tx:
        lower = await entitlements.may(tx, who.id, listing.feed_id, tier="basic")
    assert (lower.allowed, lower.reason, lower.tier) == (False, "lower_tier", "free")
    async with market.db.transaction() as tx:
        await free.unfollow(tx, listing.id, actor=who.actor)
    assert (await decision(market, who, listing)).reason == "free_ended"
    async with market.db.transaction() as tx:
        with pytest.raises(free.NotFollowing):
            await free.unfollow(tx, listing.id, actor=who.actor)


async def test_what_is_paid_for_is_better_and_after_it_the_free_tier_is_there_again(
    market: Market,
) -> None:
    listing, creator = await opened(market)
    who = await market.buyer()
    await follows(market, listing, who)
    found = (await market.subscribe(who, listing)).subscription
    assert (await decision(market, who, listing)).tier == "pro"
    assert found.access_until is not None
    market.at(found.access_until)
    assert (await decision(market, who, listing)).tier == "free"
    payer = await market.buyer()
    await market.subscribe(payer, listing)
    for actor in (payer.actor, creator):
        async with market.db.transaction() as tx:
            with pytest.raises(free.AlreadyBetter):
                await free.follow(tx, listing.id, actor=actor)


async def test_the_delay_is_the_creators_within_the_operators_bounds(market: Market) -> None:
    listing, creator = await opened(market)
    stranger = await market.buyer()
    wrong = [timedelta(hours=23), timedelta(hours=169), timedelta(hours=30, minutes=1)]
    async with market.db.transaction() as tx:
        for delay in wrong:
            with pytest.raises(free.DelayOutOfBounds):
                await free.open_offer(tx, listing.id, delay, bounds=BOUNDS, actor=creator)
        with pytest.raises(listings.NotYourListing):
            await free.open_offer(tx, listing.id, DELAY, bounds=BOUNDS, actor=stranger.actor)
    who = await market.buyer()
    await follows(market, listing, who)
    later = timedelta(hours=100)
    async with market.db.transaction() as tx:
        await free.open_offer(tx, listing.id, later, bounds=BOUNDS, actor=creator)
    assert (await decision(market, who, listing)).delay == later


async def test_closed_nobody_follows_and_nobody_new_comes(market: Market) -> None:
    listing, creator = await opened(market)
    who, late = await market.buyer(), await market.buyer()
    await follows(market, listing, who)
    async with market.db.transaction() as tx:
        await free.close(tx, listing.id, actor=creator)
    assert (await decision(market, who, listing)).reason == "free_closed"
    with pytest.raises(free.NoFreeTier):
        await follows(market, listing, late)


@pytest.mark.parametrize("how", ["delisted", "taken down"])
async def test_with_the_listing_it_is_over(market: Market, how: str) -> None:
    listing, creator = await opened(market)
    who = await market.buyer()
    await follows(market, listing, who)
    async with market.db.transaction() as tx:
        if how == "delisted":
            await listings.delist(tx, listing.id, actor=creator)
        else:
            await moderation.take_down(tx, listing.id, actor=creator, reason="Found out.")
    assert not (await decision(market, who, listing)).allowed
    await market.settle()
    expected = "listing_delisted" if how == "delisted" else "moderation"
    assert (await decision(market, who, listing)).reason == expected


async def test_its_creator_sees_how_many_come_go_and_come_to_pay(market: Market) -> None:
    listing, _ = await opened(market)
    people = [await market.buyer() for _ in range(4)]
    for who in people:
        await follows(market, listing, who)
    await market.subscribe(people[0], listing)
    market.at(market.stage.now + timedelta(days=1))
    async with market.db.transaction() as tx:
        await free.unfollow(tx, listing.id, actor=people[1].actor)
        found = await free.audience(tx, listing.id)
    assert (found.followers, found.joined, found.left) == (3, 4, 1)
    assert (found.ever, found.subscribed) == (4, 1)
    assert [n for _, n in found.by_day[-2:]] == [4, 3]
    assert len(found.by_day) == 90
