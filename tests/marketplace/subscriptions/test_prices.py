"""Prices of running subscriptions: a rise needs consent, and without it nothing is charged and it ends."""

from datetime import datetime, timedelta

import pytest

from arena.kit.money import Money
from arena.marketplace import listings
from arena.marketplace.listings import Tier
from arena.marketplace.subscriptions import (
    Status,
    Subscription,
    agree,
    pause,
    pause_end,
    rise,
    unpause,
)
from arena.marketplace.subscriptions.model import NotAgreed, PriceNotAsked
from arena.people.access import Actor
from tests.marketplace.market import Buyer, Market
from tests.marketplace.subscriptions.test_pause import run
from tests.marketplace.subscriptions.test_renew import renew

DEARER, CHEAPER = Tier("pro", Money(12_900)), Tier("pro", Money(7_900))


async def held(market: Market) -> tuple[Buyer, Subscription, listings.Listing, Actor]:
    author, actor, _ = await market.creator()
    listing = await market.listed(author=author, actor=actor)
    buyer = await market.buyer()
    return buyer, (await market.subscribe(buyer, listing)).subscription, listing, actor


def end_of(found: Subscription) -> datetime:
    assert found.period_end is not None
    return found.period_end


async def asked(market: Market, found: Subscription) -> Money | None:
    async with market.db.transaction(readonly=True) as tx:
        return await rise(tx, found)


async def test_without_consent_to_a_higher_price_it_is_not_renewed_and_nothing_is_charged(
    market: Market,
) -> None:
    _, found, listing, actor = await held(market)
    await market.reprice(listing, actor, DEARER)
    assert await asked(market, found) == Money(12_900)
    assert await market.count("fact", "kind = 'RenewalCostsMore'") == 1
    ended = await renew(market, end_of(found))
    assert (ended.status, ended.end_reason) == (Status.ENDED, "price_rise")
    assert await market.count("fake_charge") == 1


async def test_agreed_to_it_is_renewed_at_the_new_price(market: Market) -> None:
    buyer, found, listing, actor = await held(market)
    await market.reprice(listing, actor, DEARER)
    for _ in range(2):
        async with market.db.transaction() as tx:
            found = await agree(tx, found.id, Money(12_900), actor=buyer.actor)
    assert await asked(market, found) is None
    assert (found.amount, found.paid) == (Money(12_900), Money(9_900))
    assert (await renew(market, end_of(found))).paid == Money(12_900)


async def test_only_the_price_that_is_asked_can_be_agreed_to(market: Market) -> None:
    buyer, found, listing, actor = await held(market)
    await market.reprice(listing, actor, DEARER)
    for other in (Money(9_900), Money(12_800), Money(13_000)):
        with pytest.raises(PriceNotAsked):
            async with market.db.transaction() as tx:
                await agree(tx, found.id, other, actor=buyer.actor)
    assert await market.subscription(found.id) == found


async def test_a_rise_in_the_last_week_counts_for_the_renewal_after_it(market: Market) -> None:
    _, found, listing, actor = await held(market)
    market.at(end_of(found) - timedelta(days=6))
    await market.reprice(listing, actor, DEARER)
    assert await asked(market, found) is None
    after = await renew(market, end_of(found))
    assert (after.status, after.paid) == (Status.ACTIVE, Money(9_900))
    assert await asked(market, after) == Money(12_900)
    assert (await renew(market, end_of(after))).end_reason == "price_rise"


async def test_of_two_rises_the_first_is_agreed_to_now_and_the_later_one_for_the_renewal_after(
    market: Market,
) -> None:
    buyer, found, listing, actor = await held(market)
    listing = await market.reprice(listing, actor, DEARER)
    market.at(end_of(found) - timedelta(days=6))
    await market.reprice(listing, actor, Tier("pro", Money(14_900)))
    assert await asked(market, found) == Money(12_900)
    async with market.db.transaction() as tx:
        found = await agree(tx, found.id, Money(12_900), actor=buyer.actor)
    assert await asked(market, found) is None
    after = await renew(market, end_of(found))
    assert (after.status, after.paid) == (Status.ACTIVE, Money(12_900))
    assert await asked(market, after) == Money(14_900)


async def test_a_rise_that_is_taken_back_in_the_last_week_stands_in_nobodys_way(
    market: Market,
) -> None:
    _, found, listing, actor = await held(market)
    listing = await market.reprice(listing, actor, DEARER)
    market.at(end_of(found) - timedelta(days=6))
    await market.reprice(listing, actor, Tier("pro", Money(9_900)))
    assert await asked(market, found) is None
    assert (await renew(market, end_of(found))).status is Status.ACTIVE


async def test_a_rise_is_agreed_to_before_and_in_a_pause_which_does_not_end_it(
    market: Market,
) -> None:
    buyer, found, listing, actor = await held(market)
    async with market.db.transaction() as tx:
        found = await pause(tx, found.id, 3, actor=buyer.actor)
    listing = await market.reprice(listing, actor, DEARER)
    async with market.db.transaction() as tx:
        [told] = await tx.fetch("select body from fact where kind = 'RenewalCostsMore'")
        assert told["body"]["ends_at"][:10] == f"{pause_end(found):%Y-%m-%d}"
        found = await agree(tx, found.id, Money(12_900), actor=buyer.actor)
        assert await rise(tx, found) is None
    await run(market, end_of(found))
    await market.reprice(listing, actor, Tier("pro", Money(14_900)))
    found = await market.subscription(found.id)
    market.at(end_of(found) - timedelta(days=20))
    with pytest.raises(NotAgreed):
        await unpause(market.db, market.gateway, found.id, actor=buyer.actor)
    assert await market.subscription(found.id) == found
    async with market.db.transaction() as tx:
        await agree(tx, found.id, Money(14_900), actor=buyer.actor)
    after = await unpause(market.db, market.gateway, found.id, actor=buyer.actor)
    assert (after.status, after.paid) == (Status.ACTIVE, Money(14_900))


async def test_a_rise_that_is_taken_back_in_time_was_none(market: Market) -> None:
    _, found, listing, actor = await held(market)
    listing = await market.reprice(listing, actor, DEARER)
    market.at(market.stage.now + timedelta(days=2))
    await market.reprice(listing, actor, Tier("pro", Money(9_900)))
    assert (await renew(market, end_of(found))).status is Status.ACTIVE


async def test_a_lower_price_is_no_rise_and_is_taken_by_agreeing(market: Market) -> None:
    buyer, found, listing, actor = await held(market)
    await market.reprice(listing, actor, CHEAPER)
    assert await market.count("fact", "kind = 'PricesRaised'") == 0
    after = await renew(market, end_of(found))
    assert after.paid == Money(9_900), "never another price than was agreed to"
    async with market.db.transaction() as tx:
        await agree(tx, found.id, Money(7_900), actor=buyer.actor)
    assert (await renew(market, end_of(after))).paid == Money(7_900)


async def test_a_tier_that_is_sold_no_more_goes_on_at_its_price(market: Market) -> None:
    _, found, listing, actor = await held(market)
    await market.reprice(listing, actor, Tier("basic", Money(2_900)))
    assert (await renew(market, end_of(found))).paid == Money(9_900)


async def test_versions_without_years_and_trials_keep_their_hash(market: Market) -> None:
    _, _, listing, _ = await held(market)
    async with market.db.transaction(readonly=True) as tx:
        [version] = await listings.versions(tx, listing.id)
    assert version.body["tiers"]["pro"] == {"amount": "9900", "currency": "USD", "seats": None}
