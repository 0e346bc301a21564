"""Another tier: a higher one now, with proration that equals its quote; a lower one with the next period; undone."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from arena.kit.ids import fresh
from arena.kit.money import Money
from arena.marketplace import entitlements, moderation, subscriptions
from arena.marketplace.listings import Tier
from arena.marketplace.subscriptions import (
    Agreed,
    Changed,
    ChangeDeclined,
    ChangeState,
    NewTerms,
    NoSuchSubscription,
    ProrationMoved,
    Quote,
    Status,
    cancel,
    undo,
)
from arena.marketplace.subscriptions.model import (
    ChangeOpen,
    EndsAnyway,
    IntentDiffers,
    NothingToChange,
    NothingToUndo,
    NotRunning,
)
from arena.money import billing, ledger
from arena.money.billing.confirm import confirm
from tests.marketplace.market import Buyer, Market
from tests.marketplace.subscriptions.test_renew import ASKS, DECLINED, renew
from tests.marketplace.subscriptions.test_subscribe import Killed, killed

YEARLY = (
    Tier("basic", Money(2_900), year=Money(29_000)),
    Tier("pro", Money(9_900), year=Money(99_000)),
)


async def held(
    market: Market, tier: str = "basic", tiers: tuple[Tier, ...] = YEARLY
) -> tuple[Buyer, subscriptions.Subscription]:
    """From 1 April 2022, a period of thirty days."""
    market.at(datetime(2022, 4, 1, tzinfo=UTC))
    buyer = await market.buyer()
    done = await market.subscribe(buyer, await market.listed(tiers=tiers), tier)
    return buyer, done.subscription


async def quoted(market: Market, buyer: Buyer, wish: NewTerms, at: datetime | None = None) -> Quote:
    async with market.db.transaction(readonly=True) as tx:
        return await subscriptions.quote(tx, wish, actor=buyer.actor, at=at)


async def changed(
    market: Market,
    buyer: Buyer,
    wish: NewTerms,
    *,
    intent: str | None = None,
    gateway: billing.Gateway | None = None,
    agreed: Agreed | None = None,
) -> Changed:
    """At the figures of this moment, unless others were agreed to."""
    if agreed is None:
        found = await quoted(market, buyer, wish)
        at = found.proration.at if found.proration else found.starts_at
        agreed = Agreed(intent or fresh("intent"), found.charge, at)
    return await subscriptions.change(
        market.db, gateway or market.gateway, wish, actor=buyer.actor, agreed=agreed
    )


async def tier_of(market: Market, buyer: Buyer, found: subscriptions.Subscription) -> str | None:
    async with market.db.transaction(readonly=True) as tx:
        return (await entitlements.may(tx, buyer.id, found.feed_id)).tier


async def test_an_upgrade_begins_now_and_is_charged_what_was_quoted_to_the_cent(
    market: Market,
) -> None:
    buyer, found = await held(market)
    market.at(datetime(2022, 4, 11, tzinfo=UTC))
    wish = NewTerms(found.id, "pro", "month")
    how = await quoted(market, buyer, wish)
    assert how.charge == Money(4_667)
    done = await changed(market, buyer, wish)
    assert (done.subscription.tier, done.change.state) == ("pro", ChangeState.DONE)
    assert await tier_of(market, buyer, found) == "pro"
    async with market.db.transaction(readonly=True) as tx:
        [(_, charge)] = await billing.captured(tx, [done.change.id])
        journals = await ledger.find_journals(tx, done.change.id)
        assert await ledger.balance(tx, "gateway:fake:balance") == Money(2_900 + 4_667)
    assert charge == how.charge
    assert len(journals) == 1
    assert (done.subscription.period_start, done.subscription.period_end) == (
        found.period_start,
        found.period_end,
    )
    await market.settle()
    assert await market.subscription(found.id) == done.subscription, "once, not again by the fact"
    assert found.period_end is not None
    after = await renew(market, found.period_end)
    assert after.paid == Money(9_900)
    async with market.db.transaction(readonly=True) as tx:
        assert await ledger.balance(tx, "gateway:fake:balance") == Money(2_900 + 4_667 + 9_900)
        for start, tier in ((found.period_start, "basic"), (found.period_end, "pro")):
            assert start is not None
            terms = await subscriptions.terms_of_period(tx, after, start)
            assert terms == (tier, "month"), "a receipt says what was held when it was paid"


async def test_figures_that_were_shown_hold_while_the_clock_goes_on(market: Market) -> None:
    buyer, found = await held(market)
    market.at(datetime(2022, 4, 11, tzinfo=UTC))
    wish = NewTerms(found.id, "pro", "month")
    shown = await quoted(market, buyer, wish)
    assert shown.proration is not None
    market.at(datetime(2022, 4, 11, 5, tzinfo=UTC))
    agreed = Agreed("later", shown.charge, shown.proration.at)
    done = await changed(market, buyer, wish, agreed=agreed)
    assert done.change.charge == shown.charge


async def test_figures_of_nobody_or_of_long_ago_charge_nothing(market: Market) -> None:
    buyer, found = await held(market)
    market.at(datetime(2022, 4, 11, tzinfo=UTC))
    wish = NewTerms(found.id, "pro", "month")
    now = datetime(2022, 4, 11, tzinfo=UTC)
    for charge, at in ((1, now), (7_000, datetime(2022, 4, 1, tzinfo=UTC))):
        agreed = Agreed(fresh("intent"), Money(charge), at)
        with pytest.raises(ProrationMoved):
            await changed(market, buyer, wish, agreed=agreed)
    assert await market.count("fake_charge") == 1
    assert await market.count("subscription_change") == 0


async def test_a_double_click_changes_once_and_the_same_key_for_something_else_is_refused(
    market: Market,
) -> None:
    buyer, found = await held(market, tiers=(*YEARLY, Tier("enterprise", Money(49_900))))
    wish = NewTerms(found.id, "pro", "month")
    how = await quoted(market, buyer, wish)
    assert how.proration is not None
    agreed = Agreed("click", how.charge, how.proration.at)
    answers = await asyncio.gather(*(changed(market, buyer, wish, agreed=agreed) for _ in range(8)))
    assert len({a.change.id for a in answers}) == 1
    assert await market.count("fake_charge") == 2
    await market.settle()
    assert (await market.subscription(found.id)).tier == "pro"
    with pytest.raises(IntentDiffers):
        other = NewTerms(found.id, "enterprise", "month")
        await changed(market, buyer, other, agreed=agreed)


async def test_two_windows_with_keys_of_their_own_change_once(market: Market) -> None:
    buyer, found = await held(market)
    wish = NewTerms(found.id, "pro", "month")
    how = await quoted(market, buyer, wish)
    assert how.proration is not None
    answers = await asyncio.gather(
        *(changed(market, buyer, wish, agreed=Agreed(f"w{i}", how.charge, how.proration.at))
          for i in range(6)),
        return_exceptions=True,
    )  # fmt: skip
    done = [a for a in answers if isinstance(a, Changed)]
    assert len(done) == 1
    assert all(isinstance(a, (Changed, ChangeOpen, NothingToChange)) for a in answers)
    assert await market.count("fake_charge") == 2


async def test_killed_while_it_is_charged_the_janitor_finishes_it_and_it_is_paid_once(
    market: Market,
) -> None:
    buyer, found = await held(market)
    wish = NewTerms(found.id, "pro", "month")
    deadly = billing.FakeGateway(market.db, after_commit=killed)
    with pytest.raises(Killed):
        await changed(market, buyer, wish, gateway=deadly, intent="i")
    assert (await market.subscription(found.id)).tier == "basic"
    assert await billing.janitor(market.db, market.gateway, sending_s_max=0) == 1
    await market.settle()
    assert (await market.subscription(found.id)).tier == "pro"
    how = Agreed("i", Money(7_000), datetime(2022, 4, 1, tzinfo=UTC))
    again = await changed(market, buyer, wish, agreed=how)
    assert again.change.state is ChangeState.DONE
    assert await market.count("fake_charge") == 2


async def test_a_declined_card_leaves_all_as_it_was_and_says_so_again(market: Market) -> None:
    buyer, found = await held(market)
    await market.change_card(buyer, DECLINED)
    wish = NewTerms(found.id, "pro", "month")
    how = await quoted(market, buyer, wish)
    assert how.proration is not None
    agreed = Agreed("i", how.charge, how.proration.at)
    for _ in range(2):
        with pytest.raises(ChangeDeclined):
            await changed(market, buyer, wish, agreed=agreed)
    await market.settle()
    assert await market.subscription(found.id) == found
    await market.change_card(buyer, "4242424242424242")
    assert (await changed(market, buyer, wish)).subscription.tier == "pro"


async def test_a_card_that_asks_changes_the_tier_when_it_is_confirmed(market: Market) -> None:
    buyer, found = await held(market)
    await market.change_card(buyer, ASKS)
    done = await changed(market, buyer, NewTerms(found.id, "pro", "month"))
    assert done.action_url is not None
    assert done.subscription.tier == "basic"
    with pytest.raises(ChangeOpen):
        await changed(market, buyer, NewTerms(found.id, "pro", "year"))
    attempt = await confirm(
        market.db, market.gateway, done.action_url.split("/")[3], actor=buyer.actor
    )
    async with market.db.transaction() as tx:
        assert (await subscriptions.apply(tx, attempt)).tier == "pro"
    await market.settle()
    assert (await market.subscription(found.id)).tier == "pro"


async def test_canceling_gives_up_a_change_that_waits_for_its_person(market: Market) -> None:
    buyer, found = await held(market)
    await market.change_card(buyer, ASKS)
    done = await changed(market, buyer, NewTerms(found.id, "pro", "month"))
    after = await cancel(market.db, market.gateway, found.id, actor=buyer.actor)
    assert (after.tier, after.cancel_at_period_end) == ("basic", True)
    async with market.db.transaction() as tx:
        change = await subscriptions.change_of(tx, done.change.id)
    assert change is not None
    assert change.state is ChangeState.FAILED
    assert await market.count("fake_charge", "state = 'requires_action'") == 0


async def test_a_charge_that_comes_through_after_its_period_is_owed_back_whole(
    market: Market,
) -> None:
    buyer, found = await held(market)
    await market.change_card(buyer, ASKS)
    done = await changed(market, buyer, NewTerms(found.id, "pro", "month"))
    await market.change_card(buyer, "4242424242424242")
    assert found.period_end is not None
    after = await renew(market, found.period_end)
    assert (after.tier, after.paid) == ("basic", Money(2_900))
    assert done.action_url is not None
    await confirm(market.db, market.gateway, done.action_url.split("/")[3], actor=buyer.actor)
    await market.settle()
    assert (await market.subscription(found.id)).tier == "basic"
    async with market.db.transaction() as tx:
        owed = await ledger.balance(tx, f"customer:{buyer.id}:refund_due")
        assert owed == done.change.charge
        assert (await ledger.trial_balance(tx)).sound


async def test_a_downgrade_comes_with_the_next_period_and_is_charged_its_own_price(
    market: Market,
) -> None:
    buyer, found = await held(market, "pro")
    done = await changed(market, buyer, NewTerms(found.id, "basic", "month"))
    assert (done.subscription.tier, done.change.state) == ("pro", ChangeState.SCHEDULED)
    assert found.period_end is not None
    market.at(found.period_end - timedelta(seconds=1))
    assert await tier_of(market, buyer, found) == "pro"
    assert await market.count("fake_charge") == 1
    after = await renew(market, found.period_end)
    assert (after.tier, after.amount, after.paid) == ("basic", Money(2_900), Money(2_900))
    assert await market.count("fake_charge", "amount = 2900") == 1


async def test_undone_before_the_period_ends_it_goes_on_as_it_was(market: Market) -> None:
    buyer, found = await held(market, "pro")
    await changed(market, buyer, NewTerms(found.id, "basic", "month"))
    async with market.db.transaction() as tx:
        await undo(tx, found.id, actor=buyer.actor)
    with pytest.raises(NothingToUndo):
        async with market.db.transaction() as tx:
            await undo(tx, found.id, actor=buyer.actor)
    assert found.period_end is not None
    assert (await renew(market, found.period_end)).paid == Money(9_900)


async def test_a_cancellation_is_undone_and_it_is_renewed_as_if_nothing_had_been(
    market: Market,
) -> None:
    buyer, found = await held(market, "pro")
    await cancel(market.db, market.gateway, found.id, actor=buyer.actor)
    with pytest.raises(EndsAnyway):
        await quoted(market, buyer, NewTerms(found.id, "basic", "month"))
    async with market.db.transaction() as tx:
        after = await undo(tx, found.id, actor=buyer.actor)
    assert (after.cancel_at_period_end, after.charge_at, after.access_until) == (
        False,
        found.charge_at,
        found.access_until,
    )
    assert found.period_end is not None
    assert (await renew(market, found.period_end)).period_start == found.period_end


async def test_once_the_period_is_over_there_is_nothing_to_undo_or_change(market: Market) -> None:
    buyer, found = await held(market, "pro")
    await changed(market, buyer, NewTerms(found.id, "basic", "month"))
    assert found.period_end is not None
    market.at(found.period_end)
    with pytest.raises(NothingToUndo):
        async with market.db.transaction() as tx:
            await undo(tx, found.id, actor=buyer.actor)
    with pytest.raises(NotRunning):
        await quoted(market, buyer, NewTerms(found.id, "basic", "month"))


async def test_canceling_takes_a_scheduled_change_back_and_ending_lets_it_lapse(
    market: Market,
) -> None:
    buyer, found = await held(market, "pro")
    done = await changed(market, buyer, NewTerms(found.id, "basic", "month"))
    await cancel(market.db, market.gateway, found.id, actor=buyer.actor)
    async with market.db.transaction() as tx:
        assert await subscriptions.open_change(tx, found.id) is None
        await undo(tx, found.id, actor=buyer.actor)
    again = await changed(market, buyer, NewTerms(found.id, "basic", "month"))
    await cancel(market.db, market.gateway, found.id, at="now", actor=buyer.actor)
    states = {}
    async with market.db.transaction() as tx:
        for change in (done.change, again.change):
            after = await subscriptions.change_of(tx, change.id)
            assert after is not None
            states[change.id] = after.state
    assert list(states.values()) == [ChangeState.UNDONE, ChangeState.LAPSED]


async def test_the_year_comes_with_the_next_period_and_is_renewed_by_the_year(
    market: Market,
) -> None:
    buyer, found = await held(market, "pro")
    await changed(market, buyer, NewTerms(found.id, "pro", "year"))
    assert found.period_end is not None
    after = await renew(market, found.period_end)
    assert (after.period, after.paid) == ("year", Money(99_000))
    assert after.period_end == datetime(2023, 5, 1, tzinfo=UTC)


async def test_what_is_owed_back_after_an_upgrade_is_the_rest_of_the_new_price(
    market: Market,
) -> None:
    buyer, found = await held(market)
    market.at(datetime(2022, 4, 11, tzinfo=UTC))
    await changed(market, buyer, NewTerms(found.id, "pro", "month"))
    market.at(datetime(2022, 4, 16, tzinfo=UTC))
    actor, _ = await market.operator()
    async with market.db.transaction() as tx:
        await moderation.take_down(tx, found.listing_id, actor=actor, reason="Copied signals.")
    await market.settle()
    assert (await market.subscription(found.id)).status is Status.ENDED
    async with market.db.transaction() as tx:
        owed = await ledger.balance(tx, f"customer:{buyer.id}:refund_due")
    assert owed == Money(4_950), "half of the month at $99"


async def test_nobody_changes_what_is_not_his(market: Market) -> None:
    _, found = await held(market)
    stranger = await market.buyer()
    with pytest.raises(NoSuchSubscription):
        await quoted(market, stranger, NewTerms(found.id, "pro", "month"))
    with pytest.raises(NoSuchSubscription):
        await changed(
            market, stranger, NewTerms(found.id, "pro", "month"),
            agreed=Agreed("x", Money(7_000), market.stage.now),
        )  # fmt: skip
