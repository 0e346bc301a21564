"""Renewals by the product clock: once a period, retried when declined, ended when unpaid."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from arena.kit.clock import iso_ms
from arena.kit.ids import derived
from arena.kit.money import Money
from arena.marketplace import entitlements, listings
from arena.marketplace.subscriptions import (
    NoSuchSubscription,
    Status,
    Subscription,
    Terms,
    Wish,
    cancel,
    expire_due,
    pay_with,
    renew_due,
    subscribe,
)
from arena.marketplace.subscriptions.renew import retry
from arena.money import billing, ledger
from arena.money.billing.confirm import confirm
from tests.marketplace.market import Buyer, Market
from tests.marketplace.subscriptions.test_subscribe import Killed, Mute, killed

DECLINED = "4000000000000002"
ASKS = "4000002500003155"


async def subscribed(market: Market) -> tuple[Buyer, Subscription]:
    buyer = await market.buyer()
    done = await market.subscribe(buyer, await market.listed())
    return buyer, done.subscription


async def renew(market: Market, at: datetime) -> Subscription:
    """The worker's jobs at that time; the only subscription after them."""
    market.at(at)
    async with market.db.transaction() as tx:
        await expire_due(tx)
    await renew_due(market.db, market.gateway)
    await market.settle()
    async with market.db.transaction() as tx:
        only = await tx.fetchval("select id from subscription")
    return await market.subscription(only)


async def allowed(market: Market, found: Subscription) -> str:
    async with market.db.transaction() as tx:
        return (await entitlements.may(tx, found.person_id, found.feed_id)).reason


async def test_nothing_is_charged_before_the_period_ends(market: Market) -> None:
    _, found = await subscribed(market)
    assert found.period_end is not None
    await renew(market, found.period_end - timedelta(seconds=1))
    assert await market.count("fake_charge") == 1


async def test_a_renewal_begins_where_the_period_ended_and_access_never_breaks(
    market: Market,
) -> None:
    _, found = await subscribed(market)
    assert found.period_end is not None
    market.at(found.period_end)
    assert await allowed(market, found) == "grace", (
        "access must not break while the charge is under way"
    )
    after = await renew(market, found.period_end)
    assert (after.period_start, after.status) == (found.period_end, Status.ACTIVE)
    assert await market.count("fake_charge") == 2
    assert await market.count("fact", "kind = 'SubscriptionRenewed'") == 1
    async with market.db.transaction() as tx:
        assert await ledger.balance(tx, "gateway:fake:balance") == Money(19_800)


async def test_twelve_renewals_are_twelve_charges_one_a_period(market: Market) -> None:
    market.at(datetime(2022, 1, 31, 10, tzinfo=UTC))
    _, found = await subscribed(market)
    days = []
    for _ in range(12):
        end = found.period_end
        assert end is not None
        days.append((end.month, end.day))
        for _ in range(3):  # the job runs more often than it has something to do
            found = await renew(market, end)
    assert days[:4] == [(2, 28), (3, 31), (4, 30), (5, 31)]
    assert await market.count("fake_charge") == 13
    assert await market.count("journal") == 13


async def test_one_that_cannot_be_renewed_keeps_no_other_waiting_and_is_tried_the_next_day(
    market: Market,
) -> None:
    class Breaks(billing.FakeGateway):
        async def charge(self, key: str, amount: Money, token: str) -> billing.Outcome:
            if key == broken:
                raise RuntimeError("an answer that nobody can read")
            return await super().charge(key, amount, token)

    both = [(await subscribed(market))[1] for _ in range(2)]
    first, second = sorted(both, key=lambda found: found.id)
    assert first.period_end is not None
    assert second.period_end is not None
    broken = derived("pay", first.id, iso_ms(first.period_end), 1)
    market.at(max(first.period_end, second.period_end))
    await renew_due(market.db, Breaks(market.db))
    assert (await market.subscription(first.id)).period_end == first.period_end
    assert (await market.subscription(second.id)).period_start == second.period_end
    await renew(market, max(first.period_end, second.period_end) + timedelta(days=1))
    assert (await market.subscription(first.id)).period_start == first.period_end
    assert await market.count("fake_charge") == 4


async def test_two_workers_renew_once(market: Market) -> None:
    _, found = await subscribed(market)
    assert found.period_end is not None
    market.at(found.period_end)
    await asyncio.gather(*(renew_due(market.db, market.gateway) for _ in range(5)))
    assert await market.count("fake_charge") == 2


async def test_killed_while_renewing_the_janitor_finishes_it_and_it_is_paid_once(
    market: Market,
) -> None:
    _, found = await subscribed(market)
    assert found.period_end is not None
    market.at(found.period_end)
    with pytest.raises(Killed):
        await renew_due(market.db, billing.FakeGateway(market.db, after_commit=killed))
    assert await billing.janitor(market.db, market.gateway, sending_s_max=0) == 1
    after = await renew(market, found.period_end + timedelta(days=2))
    assert after.period_start == found.period_end
    assert await market.count("fake_charge") == 2
    assert await market.count("journal") == 2


async def test_a_declined_renewal_has_grace_is_retried_less_and_less_often_and_ends_unpaid(
    market: Market,
) -> None:
    buyer, found = await subscribed(market)
    end = found.period_end
    assert end is not None
    await market.change_card(buyer, DECLINED)
    after = await renew(market, end)
    assert after.status is Status.PAST_DUE
    assert await allowed(market, found) == "grace"
    tried = {0: 2}
    for day in range(1, 16):
        for hour in (0, 12):
            after = await renew(market, end + timedelta(days=day, hours=hour))
            assert after.status is Status.PAST_DUE
        tried[day] = await market.count("fake_charge")
        assert await allowed(market, found) == ("grace" if day < 3 else "past_due")
    again = [day for day in tried if day and tried[day] > tried[day - 1]]
    assert again == [1, 4, 9], "1, 3 and 5 days apart"
    ended = await renew(market, end + timedelta(days=16))
    assert (ended.status, ended.end_reason) == (Status.ENDED, "unpaid")
    assert await market.count("fake_charge") == 6, "the last retry is 7 days after the one before"
    await renew(market, end + timedelta(days=40))
    assert await market.count("fake_charge") == 6, "nothing is charged any more"
    assert await market.count("journal") == 1


async def test_where_the_gateway_is_silent_at_the_last_retry_it_is_asked_again_the_next_day(
    market: Market,
) -> None:
    buyer, found = await subscribed(market)
    end = found.period_end
    assert end is not None
    await market.change_card(buyer, DECLINED)
    for day in (0, 1, 4, 9):
        await renew(market, end + timedelta(days=day))
    market.at(end + timedelta(days=16))
    await renew_due(market.db, Mute(market.db))
    assert (await market.subscription(found.id)).status is Status.PAST_DUE
    ended = await renew(market, end + timedelta(days=17))
    assert (ended.status, ended.end_reason) == (Status.ENDED, "unpaid")


async def test_days_of_grace_are_those_that_were_set_on_subscribing(market: Market) -> None:
    buyer = await market.buyer()
    wish = Wish((await market.listed()).id, "pro", buyer.card)
    terms = Terms("with grace", 1500, grace_days=10)
    done = await subscribe(market.db, market.gateway, wish, actor=buyer.actor, terms=terms)
    end = done.subscription.period_end
    assert end is not None
    await market.change_card(buyer, DECLINED)
    await renew(market, end)
    market.at(end + timedelta(days=10, seconds=-1))
    assert await allowed(market, done.subscription) == "grace"
    market.at(end + timedelta(days=10))
    assert await allowed(market, done.subscription) == "past_due"


async def test_a_retry_that_succeeds_makes_it_active_again_in_the_old_rhythm(
    market: Market,
) -> None:
    buyer, found = await subscribed(market)
    end = found.period_end
    assert end is not None
    await market.change_card(buyer, DECLINED)
    await renew(market, end)
    await market.change_card(buyer, "4242424242424242")
    after = await renew(market, end + timedelta(days=4))
    assert (after.status, after.period_start) == (Status.ACTIVE, end)
    assert await allowed(market, found) == "paid"


async def test_a_renewal_that_asks_for_its_customer_waits_past_due(market: Market) -> None:
    buyer, found = await subscribed(market)
    end = found.period_end
    assert end is not None
    await market.change_card(buyer, ASKS)
    assert (await renew(market, end)).status is Status.PAST_DUE
    await renew(market, end + timedelta(days=1))
    assert await market.count("fake_charge") == 2, "the one that waits is not charged again"
    async with market.db.transaction() as tx:
        waiting = await tx.fetchval(
            "select id from payment_attempt where state = 'requires_action'"
        )
    await confirm(market.db, market.gateway, waiting, actor=buyer.actor)
    assert (await renew(market, end + timedelta(days=2))).status is Status.ACTIVE


async def test_a_renewal_nobody_confirms_is_given_up_at_the_gateway_too(market: Market) -> None:
    buyer, found = await subscribed(market)
    end = found.period_end
    assert end is not None
    await market.change_card(buyer, ASKS)
    await renew(market, end)
    ended = await renew(market, end + timedelta(days=16))
    assert (ended.status, ended.end_reason) == (Status.ENDED, "unpaid")
    assert await market.count("fake_charge", "state = 'requires_action'") == 0


async def test_canceled_it_runs_to_the_end_of_the_period_and_stays_canceled(market: Market) -> None:
    buyer, found = await subscribed(market)
    end = found.period_end
    assert end is not None
    for _ in range(2):
        after = await cancel(market.db, market.gateway, found.id, actor=buyer.actor)
        assert (after.status, after.cancel_at_period_end) == (Status.ACTIVE, True)
    market.at(end - timedelta(seconds=1))
    assert await allowed(market, found) == "paid"
    market.at(end)
    assert await allowed(market, found) == "canceled"
    ended = await renew(market, end)
    assert (ended.status, ended.end_reason) == (Status.ENDED, "canceled")
    assert (await renew(market, end + timedelta(days=60))).status is Status.ENDED
    assert await market.count("fake_charge") == 1


async def test_canceled_now_access_ends_now(market: Market) -> None:
    buyer, found = await subscribed(market)
    ended = await cancel(market.db, market.gateway, found.id, at="now", actor=buyer.actor)
    assert ended.status is Status.ENDED
    assert await allowed(market, found) == "canceled"
    again = await cancel(market.db, market.gateway, found.id, at="now", actor=buyer.actor)
    assert again == ended


async def test_canceling_a_past_due_one_stops_the_retries(market: Market) -> None:
    buyer, found = await subscribed(market)
    assert found.period_end is not None
    await market.change_card(buyer, ASKS)
    await renew(market, found.period_end)
    ended = await cancel(market.db, market.gateway, found.id, actor=buyer.actor)
    assert ended.status is Status.ENDED
    await renew(market, found.period_end + timedelta(days=3))
    assert await market.count("fake_charge") == 2
    assert await market.count("fake_charge", "state = 'requires_action'") == 0


async def test_a_delisted_listing_is_served_to_the_paid_end_and_not_renewed(market: Market) -> None:
    author, actor, _ = await market.creator()
    listing = await market.listed(author=author, actor=actor)
    done = await market.subscribe(await market.buyer(), listing)
    async with market.db.transaction() as tx:
        await listings.delist(tx, listing.id, actor=actor)
    assert await allowed(market, done.subscription) == "paid"
    assert done.subscription.period_end is not None
    ended = await renew(market, done.subscription.period_end)
    assert (ended.status, ended.end_reason) == (Status.ENDED, "listing_delisted")
    assert await market.count("fake_charge") == 1


@pytest.mark.parametrize("old_card", [DECLINED, ASKS])
async def test_another_card_is_charged_at_once_for_what_is_past_due(
    market: Market, old_card: str
) -> None:
    buyer, found = await subscribed(market)
    assert found.period_end is not None
    await market.change_card(buyer, old_card)
    assert (await renew(market, found.period_end)).status is Status.PAST_DUE
    async with market.db.transaction() as tx:
        card = await billing.add_payment_method(
            tx, gateway=market.gateway, number="4242424242424242", actor=buyer.actor
        )
    for _ in range(2):
        after = await pay_with(market.db, market.gateway, (found.id, card.id), actor=buyer.actor)
        assert (after.status, after.period_start) == (Status.ACTIVE, found.period_end)
    await market.settle()
    assert await market.count("fake_charge", "state = 'succeeded'") == 2
    assert await market.count("fake_charge", "state = 'requires_action'") == 0
    stranger = await market.buyer()
    with pytest.raises(NoSuchSubscription):
        await pay_with(market.db, market.gateway, (found.id, stranger.card), actor=stranger.actor)


async def test_canceling_does_not_send_a_charge_that_was_only_intended(market: Market) -> None:
    buyer, found = await subscribed(market)
    assert found.period_end is not None
    market.at(found.period_end)
    with pytest.raises(billing.GatewayUnavailable):
        await retry(market.db, Mute(market.db), found.id)
    after = await cancel(market.db, market.gateway, found.id, at="now", actor=buyer.actor)
    assert (after.status, after.end_reason) == (Status.ENDED, "canceled")
    assert await billing.janitor(market.db, market.gateway, sending_s_max=0) == 0
    assert await market.count("payment_attempt", "state = 'sending'") == 1, "it may be on its way"
    assert await billing.janitor(market.db, market.gateway, sending_s_max=0, gone_s=0) == 1
    await market.settle()
    assert await market.count("fake_charge") == 1
    assert await market.count("payment_attempt", "decline_code = 'canceled'") == 1


class Silent(billing.FakeGateway):
    """Says nothing at all."""

    async def find(
        self, idempotency_key: str, *, charge_id: str | None = None
    ) -> billing.Outcome | None:
        raise billing.GatewayUnavailable


class Unheard(billing.FakeGateway):
    """Takes the money; nobody hears of it."""

    async def charge(self, idempotency_key: str, amount: Money, token: str) -> billing.Outcome:
        await super().charge(idempotency_key, amount, token)
        raise billing.GatewayUnavailable


async def test_what_went_through_although_it_was_canceled_is_owed_back(market: Market) -> None:
    buyer, found = await subscribed(market)
    await market.settle()
    assert found.period_end is not None
    market.at(found.period_end)
    with pytest.raises(billing.GatewayUnavailable):
        await retry(market.db, Unheard(market.db), found.id)
    after = await cancel(market.db, Silent(market.db), found.id, at="now", actor=buyer.actor)
    assert after.status is Status.ENDED
    assert await billing.janitor(market.db, market.gateway, sending_s_max=0, gone_s=0) == 1
    await market.settle()
    assert await market.count("fake_charge", "state = 'succeeded'") == 2
    async with market.db.transaction() as tx:
        due = f"customer:{buyer.actor.id}:refund_due"
        assert (await ledger.balance(tx, due)).minor == found.amount.minor
    assert await billing.give_back_owed(market.db, market.gateway) == 1
