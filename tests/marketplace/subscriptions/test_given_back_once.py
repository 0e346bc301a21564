"""What is owed back and what is refunded by hand never add up to more than was paid."""

from datetime import timedelta

import pytest

from arena.kit.money import Money
from arena.marketplace import moderation
from arena.marketplace.subscriptions import (
    Agreed,
    NewTerms,
    apply,
    change,
    cool_off,
    own,
    quote,
)
from arena.marketplace.subscriptions.end import end
from arena.money import ledger
from arena.money.billing import (
    Attempt,
    RefundWish,
    collect,
    confirm,
    first_attempt,
    give_back_owed,
    refund,
)
from arena.money.billing.model import RefundAboveCharge
from tests.marketplace.market import Buyer, Market


async def due(market: Market, buyer: Buyer) -> Money:
    async with market.db.transaction(readonly=True) as tx:
        return await ledger.balance(tx, f"customer:{buyer.id}:refund_due")


async def paid(market: Market, reference: str) -> Attempt:
    async with market.db.transaction(readonly=True) as tx:
        return await first_attempt(tx, reference)


async def by_hand(market: Market, attempt: Attempt, amount: int | None, intent: str) -> None:
    operator, _ = await market.operator()
    wish = RefundWish(attempt.id, intent, "asked for", None if amount is None else Money(amount))
    await refund(market.db, market.gateway, wish, actor=operator)


async def test_cooling_off_owes_what_was_not_given_back_before(market: Market) -> None:
    listing, buyer = await market.listed(), await market.buyer()
    found = (await market.subscribe(buyer, listing)).subscription
    await by_hand(market, await paid(market, found.id), 2_000, "a")
    async with market.db.transaction() as tx:
        await cool_off(tx, found.id, actor=buyer.actor)
    assert await due(market, buyer) == Money(7_900)
    assert await give_back_owed(market.db, market.gateway) == 1
    assert await due(market, buyer) == Money(0)


async def test_a_take_down_owes_no_more_than_is_left_of_the_charge(market: Market) -> None:
    listing, buyer = await market.listed(), await market.buyer()
    found = (await market.subscribe(buyer, listing)).subscription
    await by_hand(market, await paid(market, found.id), 9_000, "a")
    market.at(market.stage.now + timedelta(days=3))
    operator, _ = await market.operator()
    async with market.db.transaction() as tx:
        await moderation.take_down(tx, listing.id, actor=operator, reason="Signals were copied.")
    await market.settle()
    assert await due(market, buyer) == Money(900)


async def test_the_charge_of_an_upgrade_goes_back_by_itself_too(market: Market) -> None:
    listing, buyer = await market.listed(), await market.buyer()
    found = (await market.subscribe(buyer, listing, "basic")).subscription
    wish = NewTerms(found.id, "pro", "month")
    async with market.db.transaction() as tx:
        asked = await quote(tx, wish, actor=buyer.actor)
    assert asked.proration is not None
    agreed = Agreed("b", asked.charge, asked.proration.at)
    await change(market.db, market.gateway, wish, actor=buyer.actor, agreed=agreed)
    async with market.db.transaction() as tx:
        await cool_off(tx, found.id, actor=buyer.actor)
    assert await due(market, buyer) == Money(9_900)
    assert await give_back_owed(market.db, market.gateway) == 2
    assert await due(market, buyer) == Money(0)


async def test_what_is_owed_is_not_refunded_by_hand_as_well(market: Market) -> None:
    listing, buyer = await market.listed(), await market.buyer()
    found = (await market.subscribe(buyer, listing)).subscription
    async with market.db.transaction() as tx:
        await cool_off(tx, found.id, actor=buyer.actor)
    with pytest.raises(RefundAboveCharge):
        await by_hand(market, await paid(market, found.id), None, "a")
    assert await give_back_owed(market.db, market.gateway) == 1
    async with market.db.transaction(readonly=True) as tx:
        assert await ledger.balance(tx, f"creator:{listing.creator_id}:pending") == Money(0)


async def test_what_went_through_is_not_asked_for_again(market: Market) -> None:
    listing, buyer = await market.listed(), await market.buyer()
    found = (await market.subscribe(buyer, listing)).subscription
    attempt = await paid(market, found.id)
    async with market.db.transaction() as tx:
        await tx.execute("update fake_charge set idempotency_key = 'forgotten'")
    assert (await collect(market.gateway, attempt)).state == "succeeded"
    assert await market.count("fake_charge") == 1


async def test_a_charge_that_comes_too_late_is_owed_but_for_what_was_given_back(
    market: Market,
) -> None:
    listing, buyer = await market.listed(), await market.buyer("4000002500003155")
    done = await market.subscribe(buyer, listing)
    async with market.db.transaction() as tx:
        found = await own(tx, done.subscription.id, buyer.actor, lock=True)
        await end(tx, found, reason="listing_taken_down")
    attempt = await paid(market, found.id)
    await confirm(market.db, market.gateway, attempt.id, actor=buyer.actor)
    await by_hand(market, attempt, 2_000, "a")
    await market.settle()
    assert await due(market, buyer) == Money(7_900)
    assert await give_back_owed(market.db, market.gateway) == 1
    async with market.db.transaction() as tx:  # the fact is heard of once more
        await apply(tx, await first_attempt(tx, found.id))
    assert await due(market, buyer) == Money(0)
