"""Trials: nothing is charged before the end, once a person and listing; and years beside months."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from arena.kit.money import Money
from arena.marketplace import entitlements, subscriptions
from arena.marketplace.listings import Tier
from arena.marketplace.subscriptions import Status, TrialTaken, cancel
from arena.marketplace.subscriptions.model import IntentDiffers, NotByThat, NoTrial, OnTrial
from arena.money import ledger
from tests.marketplace.market import PRICES, Market
from tests.marketplace.subscriptions.test_renew import DECLINED, allowed, renew

TRYABLE = (
    Tier("basic", Money(2_900)),
    Tier("pro", Money(9_900), year=Money(99_000), trial_days=7),
)


async def test_a_trial_opens_access_and_charges_nothing_before_its_end(market: Market) -> None:
    market.at(datetime(2022, 1, 24, 10, tzinfo=UTC))
    buyer = await market.buyer()
    listing = await market.listed(tiers=TRYABLE)
    found = (await market.subscribe(buyer, listing, trial=True)).subscription
    assert (found.status, found.trial, found.paid) == (Status.ACTIVE, True, Money(0))
    assert found.period_end == datetime(2022, 1, 31, 10, tzinfo=UTC)
    assert await allowed(market, found) == "trial"
    assert await market.count("payment_attempt") == 0
    await renew(market, found.period_end - timedelta(seconds=1))
    assert await market.count("fake_charge") == 0
    days = []
    for _ in range(4):
        end = found.period_end
        assert end is not None
        found = await renew(market, end)
        assert found.period_end is not None
        days.append((found.period_end.month, found.period_end.day))
    assert days == [(2, 28), (3, 31), (4, 30), (5, 31)], "the first paid day is the anchor"
    assert (found.trial, found.paid) == (False, Money(9_900))
    assert await market.count("fake_charge") == 4


async def test_nobody_has_a_second_trial_of_a_listing(market: Market) -> None:
    buyer, other = await market.buyer(), await market.buyer()
    listing = await market.listed(tiers=TRYABLE)
    found = (await market.subscribe(buyer, listing, trial=True)).subscription
    await cancel(market.db, market.gateway, found.id, at="now", actor=buyer.actor)
    with pytest.raises(TrialTaken):
        await market.subscribe(buyer, listing, trial=True)
    assert await market.count("subscription") == 1
    assert (await market.subscribe(buyer, listing)).subscription.paid == Money(9_900)
    assert (await market.subscribe(other, listing, trial=True)).subscription.trial
    elsewhere = await market.listed(tiers=TRYABLE)
    assert (await market.subscribe(buyer, elsewhere, trial=True)).subscription.trial


async def test_twenty_at_once_begin_one_trial(market: Market) -> None:
    buyer, listing = await market.buyer(), await market.listed(tiers=TRYABLE)
    answers = await asyncio.gather(
        *(market.subscribe(buyer, listing, trial=True, intent="i") for _ in range(10)),
        *(market.subscribe(buyer, listing, trial=True) for _ in range(10)),
        return_exceptions=True,
    )
    begun = {a.subscription.id for a in answers if isinstance(a, subscriptions.Subscribed)}
    assert len(begun) == 1
    assert await market.count("subscription") == 1
    assert await market.count("subscription_once") == 1


async def test_a_repeat_of_the_intent_is_the_same_trial_and_not_another_wish(
    market: Market,
) -> None:
    buyer, listing = await market.buyer(), await market.listed(tiers=TRYABLE)
    first = await market.subscribe(buyer, listing, trial=True, intent="i")
    assert await market.subscribe(buyer, listing, trial=True, intent="i") == first
    with pytest.raises(IntentDiffers):
        await market.subscribe(buyer, listing, intent="i")


async def test_where_the_first_charge_after_it_is_declined_access_stops_and_retries_go_on(
    market: Market,
) -> None:
    buyer, listing = await market.buyer(DECLINED), await market.listed(tiers=TRYABLE)
    found = (await market.subscribe(buyer, listing, trial=True)).subscription
    assert found.period_end is not None
    end = found.period_end
    assert (await renew(market, end)).status is Status.PAST_DUE
    assert await allowed(market, found) == "past_due", "nothing was ever paid: no days of grace"
    await market.change_card(buyer, "4242424242424242")
    after = await renew(market, end + timedelta(days=1))
    assert (after.status, after.period_start, after.trial) == (Status.ACTIVE, end, False)
    assert await allowed(market, found) == "paid"


async def test_a_trial_that_is_canceled_charges_nothing_and_lasts_to_its_end(
    market: Market,
) -> None:
    buyer, listing = await market.buyer(), await market.listed(tiers=TRYABLE)
    found = (await market.subscribe(buyer, listing, trial=True)).subscription
    await cancel(market.db, market.gateway, found.id, actor=buyer.actor)
    assert found.period_end is not None
    market.at(found.period_end - timedelta(seconds=1))
    assert await allowed(market, found) == "trial"
    ended = await renew(market, found.period_end)
    assert (ended.status, ended.end_reason) == (Status.ENDED, "canceled")
    assert await market.count("payment_attempt") == 0


async def test_on_trial_no_other_tier_is_taken_and_tiers_without_have_none(market: Market) -> None:
    buyer, listing = await market.buyer(), await market.listed(tiers=TRYABLE)
    with pytest.raises(NoTrial):
        await market.subscribe(buyer, listing, "basic", trial=True)
    found = (await market.subscribe(buyer, listing, trial=True)).subscription
    async with market.db.transaction() as tx:
        wish = subscriptions.NewTerms(found.id, "basic", "month")
        with pytest.raises(OnTrial):
            await subscriptions.quote(tx, wish, actor=buyer.actor)


async def test_a_year_is_charged_once_and_renewed_on_its_day(market: Market) -> None:
    market.at(datetime(2024, 2, 29, 8, tzinfo=UTC))
    buyer, listing = await market.buyer(), await market.listed(tiers=TRYABLE)
    found = (await market.subscribe(buyer, listing, period="year")).subscription
    assert (found.amount, found.paid) == (Money(99_000), Money(99_000))
    ends = []
    for _ in range(4):
        assert found.period_end is not None
        ends.append(found.period_end.date().isoformat())
        found = await renew(market, found.period_end)
    assert ends == ["2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]
    async with market.db.transaction() as tx:
        assert await ledger.balance(tx, "gateway:fake:balance") == Money(5 * 99_000)
        assert (await entitlements.may(tx, buyer.id, found.feed_id)).tier == "pro"


async def test_what_is_not_sold_by_the_year_is_refused(market: Market) -> None:
    buyer, listing = await market.buyer(), await market.listed(tiers=PRICES)
    with pytest.raises(NotByThat):
        await market.subscribe(buyer, listing, period="year")
    assert await market.count("subscription") == 0
