"""Cooling off: all that was paid is owed back, once, and only as long as nothing was delivered at once."""

from datetime import timedelta

import pytest

from arena.kit.money import Money
from arena.marketplace import entitlements, subscriptions
from arena.marketplace.listings import Listing, Tier
from arena.marketplace.subscriptions import (
    COOLING_OFF_DAYS,
    NoCoolingOff,
    Status,
    Subscription,
    cool_off,
)
from arena.money import billing, ledger
from tests.marketplace.market import Buyer, Market
from tests.marketplace.subscriptions.test_change import changed
from tests.marketplace.subscriptions.test_renew import renew
from tests.signals.stage import Author


async def held(market: Market, tier: str = "pro") -> tuple[Buyer, Subscription, Listing, Author]:
    author, actor, _ = await market.creator()
    listing = await market.listed(author=author, actor=actor)
    buyer = await market.buyer()
    return buyer, (await market.subscribe(buyer, listing, tier)).subscription, listing, author


async def undone(market: Market, buyer: Buyer, found: Subscription) -> Subscription:
    async with market.db.transaction() as tx:
        return await cool_off(tx, found.id, actor=buyer.actor)


async def test_it_ends_and_every_cent_is_owed_back_by_whoever_had_it(market: Market) -> None:
    buyer, found, listing, _ = await held(market, "basic")
    await changed(market, buyer, subscriptions.NewTerms(found.id, "pro", "month"))
    for _ in range(2):
        ended = await undone(market, buyer, found)
        assert (ended.status, ended.end_reason) == (Status.ENDED, "cooling_off")
    async with market.db.transaction(readonly=True) as tx:
        assert await ledger.balance(tx, f"customer:{buyer.id}:refund_due") == Money(9_900)
        assert await subscriptions.owed_for(tx, ended) == Money(9_900), "of the change as well"
        assert await ledger.balance(tx, f"creator:{listing.creator_id}:pending") == Money(0)
        assert await ledger.balance(tx, "platform:fee_income") == Money(0)
        assert (await ledger.trial_balance(tx)).sound


async def test_its_days_are_counted_from_the_first_charge_also_after_a_long_trial(
    market: Market,
) -> None:
    buyer = await market.buyer()
    tiers = (Tier("pro", Money(9_900), trial_days=20),)
    found = (await market.subscribe(buyer, await market.listed(tiers=tiers), trial=True)).subscription  # fmt: skip
    assert found.period_end is not None
    paid = await renew(market, found.period_end)
    market.at(found.period_end + timedelta(days=COOLING_OFF_DAYS, seconds=-1))
    async with market.db.transaction(readonly=True) as tx:
        assert await subscriptions.owed_back(tx, paid) == Money(9_900)
    market.at(found.period_end + timedelta(days=COOLING_OFF_DAYS))
    with pytest.raises(NoCoolingOff, match="14 days"):
        await undone(market, buyer, paid)


async def given(market: Market, right_id: str, feed_id: str, sequence: int) -> None:
    noted = entitlements.given_of(market.db)
    noted.note(right_id, (feed_id, sequence), "pull")
    await noted.written()


async def test_once_a_signal_was_given_at_once_it_is_too_late(market: Market) -> None:
    buyer, found, listing, author = await held(market)
    await author.publish()
    async with market.db.transaction(readonly=True) as tx:
        assert await subscriptions.owed_back(tx, found) == Money(9_900), "published, not yet given"
    await given(market, found.id, listing.feed_id, 1)
    async with market.db.transaction(readonly=True) as tx:
        assert await subscriptions.owed_back(tx, found) is None
    with pytest.raises(NoCoolingOff, match="delivered"):
        await undone(market, buyer, found)
    assert (await market.subscription(found.id)).status is Status.ACTIVE


async def test_what_was_published_before_it_was_bought_is_given_without_harm(
    market: Market,
) -> None:
    author, actor, _ = await market.creator()
    listing = await market.listed(author=author, actor=actor)
    await author.publish()
    market.at(market.stage.now + timedelta(hours=2))
    buyer = await market.buyer()
    found = (await market.subscribe(buyer, listing)).subscription
    for _ in range(2):
        await given(market, found.id, listing.feed_id, 1)
    assert await market.count("first_delivery") == 0
    await author.publish()
    for sequence in (2, 2):
        await given(market, found.id, listing.feed_id, sequence)
    assert await market.count("first_delivery", "sequence = 2 and channel = 'pull'") == 1


async def test_signals_from_before_it_and_digests_of_basic_do_not_stand_against_it(
    market: Market,
) -> None:
    buyer, found, listing, author = await held(market, "basic")
    await author.publish()
    assert (await undone(market, buyer, found)).status is Status.ENDED
    market.at(market.stage.now + timedelta(hours=2))
    later = await market.buyer()
    second = (await market.subscribe(later, listing)).subscription
    assert (await undone(market, later, second)).status is Status.ENDED


async def test_once_a_person_and_listing_and_within_fourteen_days(market: Market) -> None:
    buyer, found, listing, _ = await held(market)
    await undone(market, buyer, found)
    again = (await market.subscribe(buyer, listing)).subscription
    with pytest.raises(NoCoolingOff, match="before"):
        await undone(market, buyer, again)
    other = await market.buyer()
    late = (await market.subscribe(other, listing)).subscription
    market.at(market.stage.now + timedelta(days=14))
    with pytest.raises(NoCoolingOff, match="14 days"):
        await undone(market, other, late)
    async with market.db.transaction(readonly=True) as tx:
        paid = await billing.captured(tx, [late.id])
    assert len(paid) == 1
