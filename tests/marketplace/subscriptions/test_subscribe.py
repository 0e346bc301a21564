"""Subscribing: one charge, one seat, one access, however often it is asked for and wherever it is killed."""

import asyncio

import pytest

from arena.kit.money import Money
from arena.marketplace import listings, subscriptions
from arena.marketplace.subscriptions import AlreadySubscribed, CardDeclined, SeatsTaken, Status
from arena.marketplace.subscriptions.model import IntentDiffers, OwnListing
from arena.money import billing, ledger
from arena.money.billing.confirm import confirm
from tests.marketplace.market import Buyer, Market


class Killed(BaseException):
    """What a kill -9 is to the code it hits."""


def killed() -> None:
    raise Killed


async def test_a_paid_subscription_is_active_for_a_month_and_shared_in_the_ledger(
    market: Market,
) -> None:
    listing = await market.listed()
    done = await market.subscribe(await market.buyer(), listing)
    found = done.subscription
    assert (found.status, done.action_url) == (Status.ACTIVE, None)
    assert found.period_start == market.stage.now
    assert found.period_end is not None
    assert (found.period_end - found.period_start).days == 30
    assert found.access_until is not None
    assert found.access_until > found.period_end
    async with market.db.transaction() as tx:
        assert await ledger.balance(tx, f"creator:{listing.creator_id}:pending") == Money(8415)
        assert await ledger.balance(tx, "platform:fee_income") == Money(1485)
    await market.settle()
    assert await market.subscription(found.id) == found
    assert await market.count("fact", "kind = 'SubscriptionActivated'") == 1


async def test_repeating_the_call_gives_the_same_subscription_and_charges_once(
    market: Market,
) -> None:
    listing, buyer = await market.listed(), await market.buyer()
    first = await market.subscribe(buyer, listing, intent="i")
    again = await market.subscribe(buyer, listing, intent="i")
    assert again == first
    assert await market.count("fake_charge") == 1
    assert await market.count("journal") == 1


async def test_the_same_key_for_another_wish_is_refused(market: Market) -> None:
    listing, buyer = await market.listed(), await market.buyer()
    await market.subscribe(buyer, listing, "pro", intent="i")
    with pytest.raises(IntentDiffers):
        await market.subscribe(buyer, listing, "basic", intent="i")


@pytest.mark.parametrize("card", ["4000000000000002", "4000000000000341"])
async def test_a_declined_card_ends_the_subscription_and_frees_the_seat(
    market: Market, card: str
) -> None:
    listing, buyer = await market.listed(seats=1), await market.buyer(card)
    for _ in range(2):  # a repeat is declined with the same words and tries nothing again
        with pytest.raises(CardDeclined, match="declined"):
            await market.subscribe(buyer, listing, intent="i")
    assert await market.count("fake_charge") == 1
    assert await market.count("subscription", "status = 'ended'") == 1
    assert await market.count("entry") == 0
    await market.settle()
    other = await market.buyer()
    assert (await market.subscribe(other, listing)).subscription.status is Status.ACTIVE


async def test_a_card_that_asks_gives_access_when_it_is_confirmed(market: Market) -> None:
    listing, buyer = await market.listed(), await market.buyer("4000002500003155")
    done = await market.subscribe(buyer, listing, intent="i")
    assert done.subscription.status is Status.INCOMPLETE
    assert done.action_url is not None
    assert (await market.subscribe(buyer, listing, intent="i")).action_url == done.action_url
    market.at(market.stage.now.replace(day=28))
    await confirm(market.db, market.gateway, done.action_url.split("/")[3], actor=buyer.actor)
    await market.settle()
    found = await market.subscription(done.subscription.id)
    assert found.status is Status.ACTIVE
    assert found.period_start == market.stage.now, "the time it took to confirm is not lost"
    assert (await market.subscribe(buyer, listing, intent="i")).action_url is None


async def test_a_card_nobody_confirms_ends_the_subscription(market: Market) -> None:
    listing, buyer = await market.listed(), await market.buyer("4000002500003155")
    done = await market.subscribe(buyer, listing)
    await billing.janitor(market.db, market.gateway, action_s_max=0)
    await market.settle()
    assert (await market.subscription(done.subscription.id)).status is Status.ENDED


async def test_killed_between_charge_and_settlement_the_repeat_finishes_it(market: Market) -> None:
    listing, buyer = await market.listed(), await market.buyer()
    deadly = billing.FakeGateway(market.db, after_commit=killed)
    with pytest.raises(Killed):
        await market.subscribe(buyer, listing, intent="i", gateway=deadly)
    assert (await market.subscribe(buyer, listing, intent="i")).subscription.status is Status.ACTIVE
    await one_charge(market)


async def test_killed_between_charge_and_settlement_the_janitor_finishes_it(market: Market) -> None:
    listing, buyer = await market.listed(), await market.buyer()
    deadly = billing.FakeGateway(market.db, after_commit=killed)
    with pytest.raises(Killed):
        await market.subscribe(buyer, listing, intent="i", gateway=deadly)
    assert await billing.janitor(market.db, market.gateway, sending_s_max=0) == 1
    await market.settle()
    assert await market.count("subscription", "status = 'active'") == 1
    assert (await market.subscribe(buyer, listing, intent="i")).subscription.status is Status.ACTIVE
    await one_charge(market)


class Mute(billing.FakeGateway):
    """A gateway that does not answer."""

    async def charge(self, idempotency_key: str, amount: Money, token: str) -> billing.Outcome:
        raise billing.GatewayUnavailable


async def test_a_gateway_that_does_not_answer_is_asked_again_under_the_same_key(
    market: Market,
) -> None:
    listing, buyer = await market.listed(seats=1), await market.buyer()
    with pytest.raises(billing.GatewayUnavailable, match="not be charged twice"):
        await market.subscribe(buyer, listing, intent="i", gateway=Mute(market.db))
    with pytest.raises(SeatsTaken):  # the seat is held meanwhile
        await market.subscribe(await market.buyer(), listing)
    assert (await market.subscribe(buyer, listing, intent="i")).subscription.status is Status.ACTIVE
    await one_charge(market)


async def one_charge(market: Market) -> None:
    await market.settle()
    assert await market.count("fake_charge") == 1
    assert await market.count("journal") == 1
    assert await market.count("fact", "kind = 'SubscriptionActivated'") == 1
    async with market.db.transaction() as tx:
        assert (await ledger.trial_balance(tx)).sound


async def test_twenty_identical_calls_at_once_charge_once(market: Market) -> None:
    listing, buyer = await market.listed(), await market.buyer()
    answers = await asyncio.gather(
        *(market.subscribe(buyer, listing, intent="i") for _ in range(20))
    )
    assert {answer.subscription.id for answer in answers} == {answers[0].subscription.id}
    assert {answer.subscription.status for answer in answers} == {Status.ACTIVE}
    await one_charge(market)


async def test_twenty_clicks_of_one_person_on_several_tiers_subscribe_once(market: Market) -> None:
    listing, buyer = await market.listed(), await market.buyer()
    answers = await asyncio.gather(
        *(market.subscribe(buyer, listing, listings.TIERS[n % 3]) for n in range(20)),
        return_exceptions=True,
    )
    refused = [answer for answer in answers if isinstance(answer, BaseException)]
    assert len(refused) == 19
    assert all(isinstance(answer, AlreadySubscribed) for answer in refused)
    await one_charge(market)


async def test_fifty_buyers_for_ten_seats_get_ten(market: Market) -> None:
    listing = await market.listed(seats=10)
    buyers: list[Buyer] = [await market.buyer() for _ in range(50)]
    answers = await asyncio.gather(
        *(market.subscribe(buyer, listing) for buyer in buyers), return_exceptions=True
    )
    refused = [answer for answer in answers if isinstance(answer, BaseException)]
    assert {type(answer) for answer in refused} == {SeatsTaken}
    assert len(answers) - len(refused) == 10
    assert await market.count("subscription", "status = 'active'") == 10
    assert await market.count("fake_charge") == 10


async def test_a_second_subscription_to_the_same_listing_is_refused(market: Market) -> None:
    listing, buyer = await market.listed(), await market.buyer()
    await market.subscribe(buyer, listing, "basic")
    with pytest.raises(AlreadySubscribed):
        await market.subscribe(buyer, listing, "pro")


async def test_what_is_not_on_offer_cannot_be_bought(market: Market) -> None:
    author, actor, _ = await market.creator()
    listing, buyer = await market.listed(author=author, actor=actor), await market.buyer()
    async with market.db.transaction() as tx:
        await listings.pause(tx, listing.id, actor=actor)
    with pytest.raises(listings.NotOnOffer, match="paused"):
        await market.subscribe(buyer, listing)
    assert await market.count("fake_charge") == 0


async def test_nobody_pays_with_the_card_of_another(market: Market) -> None:
    listing, victim, thief = await market.listed(), await market.buyer(), await market.buyer()
    with pytest.raises(billing.PaymentMethodUnknown):
        await market.subscribe(Buyer(thief.actor, {}, victim.card), listing)
    assert await market.count("fake_charge") == 0


async def test_nobody_subscribes_to_his_own_listing(market: Market) -> None:
    author, actor, _ = await market.creator()
    listing = await market.listed(author=author, actor=actor)
    async with market.db.transaction() as tx:
        card = await billing.add_payment_method(
            tx, gateway=market.gateway, number="4242424242424242", actor=actor
        )
    with pytest.raises(OwnListing):
        await market.subscribe(Buyer(actor, {}, card.id), listing)


async def test_a_repeat_is_a_repeat_after_another_card_pays(market: Market) -> None:
    listing, buyer = await market.listed(), await market.buyer()
    first = await market.subscribe(buyer, listing, intent="i")
    async with market.db.transaction() as tx:
        other = await billing.add_payment_method(
            tx, gateway=market.gateway, number="4242424242424242", actor=buyer.actor
        )
    wish = (first.subscription.id, other.id)
    await subscriptions.pay_with(market.db, market.gateway, wish, actor=buyer.actor)
    again = await market.subscribe(buyer, listing, intent="i")
    assert again.subscription.id == first.subscription.id
    assert await market.count("fake_charge") == 1
