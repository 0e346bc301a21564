"""Pauses: nothing is charged and nothing received, the seat is kept, and it goes on by itself."""

from datetime import timedelta

import pytest

from arena.marketplace import entitlements, listings, subscriptions
from arena.marketplace.subscriptions import (
    SeatsTaken,
    Status,
    Subscription,
    cancel,
    store,
    unpause,
)
from arena.marketplace.subscriptions.model import (
    EndsAnyway,
    NothingToUndo,
    NotPaused,
    NotRunning,
    OnTrial,
    PausesSoon,
)
from arena.money.billing import DisputeClosed, DisputeOpened
from tests.marketplace.market import Buyer, Market
from tests.marketplace.subscriptions.test_renew import DECLINED
from tests.marketplace.subscriptions.test_trials import TRYABLE


async def held(market: Market, **more: object) -> tuple[Buyer, Subscription]:
    buyer, listing = await market.buyer(), await market.listed(seats=1)
    return buyer, (await market.subscribe(buyer, listing, **more)).subscription


async def pausing(market: Market, months: int = 1) -> tuple[Buyer, Subscription]:
    buyer, found = await held(market)
    async with market.db.transaction() as tx:
        return buyer, await subscriptions.pause(tx, found.id, months, actor=buyer.actor)


async def run(market: Market, at: object) -> None:
    """What the hourly job does."""
    market.at(at)  # type: ignore[arg-type]  # a moment
    for step in (subscriptions.expire_due, subscriptions.pause_due, subscriptions.announce_resume):
        async with market.db.transaction() as tx:
            await step(tx)
    await subscriptions.renew_due(market.db, market.gateway)
    await market.settle()


async def paused(market: Market, months: int = 1) -> tuple[Buyer, Subscription]:
    buyer, found = await pausing(market, months)
    assert found.period_end is not None
    await run(market, found.period_end)
    return buyer, await market.subscription(found.id)


async def reason(market: Market, found: Subscription) -> str:
    async with market.db.transaction(readonly=True) as tx:
        return (await entitlements.may(tx, found.person_id, found.feed_id)).reason


async def test_it_begins_with_the_end_of_what_is_paid_and_nothing_is_charged(
    market: Market,
) -> None:
    buyer, found = await pausing(market, 2)
    assert found.period_end is not None
    market.at(found.period_end - timedelta(seconds=1))
    assert await reason(market, found) == "paid"
    await run(market, found.period_end)
    after = await market.subscription(found.id)
    assert (after.status, after.period_start) == (Status.PAUSED, found.period_end)
    assert after.period_end is not None
    assert (after.period_end - found.period_end).days in range(59, 63)
    assert await reason(market, found) == "paused"
    await run(market, after.period_end - timedelta(hours=1))
    assert await market.count("fake_charge") == 1
    assert await market.count("fact", "kind = 'SubscriptionResumesSoon'") == 1
    async with market.db.transaction(readonly=True) as tx:
        listing = await listings.listing(tx, found.listing_id)
    with pytest.raises(SeatsTaken):
        await market.subscribe(await market.buyer(), listing)
    await run(market, after.period_end)
    again = await market.subscription(found.id)
    assert (again.status, again.period_start) == (Status.ACTIVE, after.period_end)
    assert again.anchor_day == found.anchor_day
    assert await market.count("fake_charge") == 2
    assert await reason(market, found) == "paid"
    assert buyer.id == again.person_id


async def test_resumed_sooner_the_next_period_begins_and_is_charged_at_that_moment_once(
    market: Market,
) -> None:
    buyer, found = await paused(market, 3)
    now = market.stage.now + timedelta(days=5)
    market.at(now)
    done = await unpause(market.db, market.gateway, found.id, actor=buyer.actor)
    assert (done.status, done.period_start, done.anchor_day) == (Status.ACTIVE, now, now.day)
    assert await market.count("fake_charge") == 2
    assert await reason(market, found) == "paid"
    with pytest.raises(NotPaused):
        await unpause(market.db, market.gateway, found.id, actor=buyer.actor)
    assert await market.count("fake_charge") == 2


async def test_killed_between_resuming_and_the_charge_the_hourly_run_charges_it_once(
    market: Market,
) -> None:
    _, found = await paused(market)
    now = market.stage.now + timedelta(days=1)
    market.at(now)
    async with market.db.transaction() as tx:
        await store.cut_pause(tx, found.id)
    for _ in range(2):
        await run(market, now)
    after = await market.subscription(found.id)
    assert (after.status, after.period_start) == (Status.ACTIVE, now)
    assert await market.count("fake_charge") == 2


async def test_where_the_card_is_declined_it_is_past_due_without_days_of_grace(
    market: Market,
) -> None:
    buyer, found = await paused(market)
    await market.change_card(buyer, DECLINED)
    done = await unpause(market.db, market.gateway, found.id, actor=buyer.actor)
    assert done.status is Status.PAST_DUE
    assert await reason(market, found) == "past_due"
    await market.change_card(buyer, "4242424242424242")
    await run(market, market.stage.now + timedelta(days=1))
    assert (await market.subscription(found.id)).status is Status.ACTIVE


async def test_until_it_begins_it_is_taken_back_and_after_that_it_is_resumed(
    market: Market,
) -> None:
    buyer, found = await pausing(market)
    async with market.db.transaction() as tx:
        kept = await subscriptions.undo(tx, found.id, actor=buyer.actor)
    assert (kept.pause_months, kept.charge_at) == (None, found.period_end)
    assert kept.access_until is not None
    assert kept.period_end is not None
    assert kept.access_until > kept.period_end
    with pytest.raises(NotPaused):
        await unpause(market.db, market.gateway, found.id, actor=buyer.actor)
    await run(market, found.period_end)
    assert (await market.subscription(found.id)).status is Status.ACTIVE
    assert await market.count("fake_charge") == 2
    async with market.db.transaction() as tx:
        with pytest.raises(NothingToUndo):
            await subscriptions.undo(tx, found.id, actor=buyer.actor)


async def test_a_paused_one_is_canceled_at_once_and_owes_nothing(market: Market) -> None:
    buyer, found = await paused(market)
    ended = await cancel(market.db, market.gateway, found.id, actor=buyer.actor)
    assert (ended.status, ended.end_reason) == (Status.ENDED, "canceled")
    await run(market, market.stage.now + timedelta(days=60))
    assert await market.count("fake_charge") == 1
    assert await reason(market, found) == "canceled"


async def test_what_is_on_trial_canceled_changing_or_unpaid_is_not_paused(market: Market) -> None:
    buyer, found = await pausing(market)
    async with market.db.transaction() as tx:
        with pytest.raises(PausesSoon):
            wish = subscriptions.NewTerms(found.id, "enterprise", "month")
            await subscriptions.quote(tx, wish, actor=buyer.actor)
    canceled = await cancel(market.db, market.gateway, found.id, actor=buyer.actor)
    assert (canceled.pause_months, canceled.cancel_at_period_end) == (None, True)
    async with market.db.transaction() as tx:
        with pytest.raises(EndsAnyway):
            await subscriptions.pause(tx, found.id, 1, actor=buyer.actor)
    tried = await market.listed(tiers=TRYABLE)
    trial = (await market.subscribe(buyer, tried, trial=True)).subscription
    async with market.db.transaction() as tx:
        with pytest.raises(OnTrial):
            await subscriptions.pause(tx, trial.id, 1, actor=buyer.actor)
    market.at(found.period_end)  # type: ignore[arg-type]  # there is one
    async with market.db.transaction() as tx:
        with pytest.raises(NotRunning):
            await subscriptions.pause(tx, found.id, 1, actor=buyer.actor)


async def test_a_dispute_holds_a_pause_up_and_won_it_is_paused_as_it_was_to_be(
    market: Market,
) -> None:
    buyer, found = await pausing(market)
    facts = (found.id, "pay_1", "dsp_1", buyer.id)
    async with market.db.transaction() as tx:
        await subscriptions.suspend(tx, DisputeOpened(*facts, 9900, "USD"))
        with pytest.raises(NotRunning, match="disputed"):
            await subscriptions.pause(tx, found.id, 1, actor=buyer.actor)
    assert found.period_end is not None
    await run(market, found.period_end + timedelta(days=1))
    assert (await market.subscription(found.id)).status is Status.ACTIVE
    async with market.db.transaction() as tx:
        await subscriptions.resume(tx, DisputeClosed(*facts, True))
    await run(market, found.period_end + timedelta(days=2))
    after = await market.subscription(found.id)
    assert (after.status, after.period_start) == (Status.PAUSED, found.period_end)
    assert await market.count("fake_charge") == 1
