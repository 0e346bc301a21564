"""A take-down ends subscriptions, and what will not be delivered is owed back."""

import asyncio
from datetime import timedelta

import pytest

from arena.kit.money import Money
from arena.marketplace import entitlements, listings, moderation
from arena.marketplace.subscriptions import Stake, Status, stake
from arena.money import ledger
from arena.money.billing.confirm import confirm
from tests.marketplace.market import Market


async def test_access_ends_and_the_unused_part_is_owed_back(market: Market) -> None:
    listing, buyer = await market.listed(), await market.buyer()
    done = await market.subscribe(buyer, listing)
    market.at(market.stage.now + timedelta(days=10))  # a third of September's period
    actor, _ = await market.operator()
    async with market.db.transaction() as tx:
        assert await stake(tx, listing.id) == Stake(1, (Money(6_600),))
        await moderation.take_down(tx, listing.id, actor=actor, reason="Signals were copied.")
    await market.settle()
    found = await market.subscription(done.subscription.id)
    assert (found.status, found.end_reason) == (Status.ENDED, "listing_taken_down")
    async with market.db.transaction() as tx:
        assert not (await entitlements.may(tx, buyer.id, listing.feed_id)).allowed
        assert await ledger.balance(tx, f"customer:{buyer.id}:refund_due") == Money(6_600)
        assert await ledger.balance(tx, f"creator:{listing.creator_id}:pending") == Money(
            8415 - 5610
        )
        assert await ledger.balance(tx, "platform:fee_income") == Money(1485 - 990)
        assert (await ledger.trial_balance(tx)).sound


async def test_money_that_comes_in_after_the_take_down_is_owed_back_whole(market: Market) -> None:
    listing, buyer = await market.listed(), await market.buyer("4000002500003155")
    done = await market.subscribe(buyer, listing)
    actor, _ = await market.operator()
    async with market.db.transaction() as tx:
        await moderation.take_down(tx, listing.id, actor=actor, reason="Signals were copied.")
    await market.settle()
    assert done.action_url is not None
    await confirm(market.db, market.gateway, done.action_url.split("/")[3], actor=buyer.actor)
    await market.settle()
    async with market.db.transaction() as tx:
        assert await ledger.balance(tx, f"customer:{buyer.id}:refund_due") == Money(9_900)
        assert await ledger.balance(tx, "platform:fee_income") == Money(0)
    assert (await market.subscription(done.subscription.id)).status is Status.ENDED


async def test_nobody_slips_in_while_a_listing_is_taken_down(market: Market) -> None:
    listing, buyer = await market.listed(), await market.buyer()
    actor, _ = await market.operator()
    async with market.db.transaction() as tx:
        await moderation.take_down(tx, listing.id, actor=actor, reason="Signals were copied.")
        slipping = asyncio.create_task(market.subscribe(buyer, listing))
        await asyncio.sleep(0.2)
    with pytest.raises(listings.NotOnOffer):
        await slipping
    assert await market.count("fake_charge") == 0
