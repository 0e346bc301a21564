"""While a dispute of a subscription is open nothing gives access or charges it; then all goes on, or is paid back."""

from datetime import timedelta

import pytest

from arena.kit.clock import iso_ms
from arena.kit.money import Money, allocate
from arena.marketplace import entitlements, listings, subscriptions
from arena.marketplace.subscriptions import Status, Subscription, apply, period_end
from arena.money import billing
from arena.money.billing import DisputeClosed, DisputeOpened
from arena.web.pages.subscriber.standing import standing
from tests.marketplace.market import Buyer, Market
from tests.marketplace.subscriptions.test_given_back_once import take_down
from tests.marketplace.subscriptions.test_pause import run
from tests.marketplace.subscriptions.test_renew import DECLINED

PAYS = "4242424242424242"


async def held(market: Market) -> tuple[Buyer, Subscription]:
    buyer = await market.buyer()
    return buyer, (await market.subscribe(buyer, await market.listed())).subscription


async def first_charge(market: Market, found: Subscription) -> str:
    async with market.db.transaction(readonly=True) as tx:
        return (await billing.first_attempt(tx, found.id)).id


async def opened(market: Market, found: Subscription, dispute_id: str = "dsp_1") -> None:
    charge_id = await first_charge(market, found)
    fact = DisputeOpened(found.id, charge_id, dispute_id, found.person_id, 9_900, "USD")
    async with market.db.transaction() as tx:
        await subscriptions.suspend(tx, fact)


async def decided(
    market: Market, found: Subscription, *, won: bool, dispute_id: str = "dsp_1"
) -> Subscription:
    charge_id = await first_charge(market, found)
    async with market.db.transaction() as tx:
        await subscriptions.resume(
            tx, DisputeClosed(found.id, charge_id, dispute_id, found.person_id, won)
        )
    return await market.subscription(found.id)


async def why(market: Market, found: Subscription) -> str:
    async with market.db.transaction(readonly=True) as tx:
        return (await entitlements.may(tx, found.person_id, found.feed_id)).reason


async def renewal_begun(market: Market, found: Subscription) -> billing.Attempt:
    """The charge of the next period is on its way, and nobody has heard what became of it."""
    assert found.period_end is not None
    market.at(found.period_end)
    charge = billing.NewCharge(
        reference=found.id, period_start=found.period_end, person_id=found.person_id, payee_id="usr_1",
        payment_method_id=found.payment_method_id, amount=found.amount, platform_bps=found.platform_bps,
    )  # fmt: skip
    async with market.db.transaction() as tx:
        return await billing.begin_charge(tx, charge, gateway=market.gateway)


async def landed(market: Market, attempt: billing.Attempt) -> Subscription:
    outcome = await billing.collect(market.gateway, attempt)
    async with market.db.transaction() as tx:
        return await apply(tx, await billing.settle(tx, attempt.id, outcome))


async def test_a_pause_taken_back_gives_no_access_and_no_charge(market: Market) -> None:
    buyer, found = await held(market)
    async with market.db.transaction() as tx:
        await subscriptions.pause(tx, found.id, 1, actor=buyer.actor)
    await opened(market, found)
    async with market.db.transaction() as tx:
        await subscriptions.undo(tx, found.id, actor=buyer.actor)
    assert await why(market, found) == "disputed"
    assert found.period_end is not None
    await run(market, found.period_end + timedelta(days=1))
    assert await market.count("fake_charge") == 1


async def test_another_card_is_kept_but_pays_nothing_until_the_bank_has_decided(
    market: Market,
) -> None:
    buyer, found = await held(market)
    await market.change_card(buyer, DECLINED)
    assert found.period_end is not None
    await run(market, found.period_end)
    await opened(market, found)
    await market.change_card(buyer, PAYS)
    wish = (found.id, buyer.card)
    after = await subscriptions.pay_with(market.db, market.gateway, wish, actor=buyer.actor)
    assert after.status is Status.PAST_DUE
    assert await why(market, found) == "disputed"
    await run(market, found.period_end + timedelta(days=40))
    assert await market.count("fake_charge", "state = 'succeeded'") == 1
    won = await decided(market, found, won=True)
    await run(market, market.stage.now)
    paid = await market.subscription(found.id)
    assert (paid.status, paid.period_start) == (Status.ACTIVE, won.resumed_at)


async def test_of_two_disputes_the_first_one_won_gives_nothing_back(market: Market) -> None:
    _, found = await held(market)
    await opened(market, found)
    await opened(market, found, "dsp_2")
    assert (await decided(market, found, won=True)).disputed
    assert await why(market, found) == "disputed"
    await opened(market, found)  # the fact of one that is decided comes again
    after = await decided(market, found, won=True, dispute_id="dsp_2")
    assert not after.disputed
    assert await why(market, found) == "paid"


@pytest.mark.parametrize(("card", "status"), [(PAYS, Status.ACTIVE), (DECLINED, Status.PAST_DUE)])
async def test_a_renewal_on_its_way_when_it_is_opened_gives_no_access(
    market: Market, card: str, status: Status
) -> None:
    buyer, found = await held(market)
    await market.change_card(buyer, card)
    attempt = await renewal_begun(market, found)
    await opened(market, found)
    after = await landed(market, attempt)
    assert after.status is status
    assert await why(market, found) == "disputed"
    await run(market, market.stage.now + timedelta(days=5))
    assert await market.count("fake_charge") == 2
    assert await why(market, found) == "disputed"


async def test_lost_what_another_charge_paid_for_the_time_without_access_is_owed_back(
    market: Market,
) -> None:
    _, found = await held(market)
    assert found.period_end is not None
    await run(market, found.period_end)
    second = await market.subscription(found.id)
    assert second.period_end is not None
    stopped = found.period_end + timedelta(days=5)
    market.at(stopped)
    await opened(market, found)
    market.at(stopped + timedelta(days=60))
    ended = await decided(market, found, won=False)
    assert (ended.status, ended.end_reason) == (Status.ENDED, "disputed")
    whole = second.period_end - found.period_end
    used = int(timedelta(days=5).total_seconds())
    rest = allocate(9_900, [used, int(whole.total_seconds()) - used])[1]
    async with market.db.transaction(readonly=True) as tx:
        assert await subscriptions.owed_for(tx, ended) == Money(rest)
        [key] = [r["idem"] for r in await tx.fetch("select idem from journal where kind = 'refund.owed'")]  # fmt: skip
    assert key.endswith(iso_ms(found.period_end))


async def test_taken_down_meanwhile_nothing_is_owed_twice_that_the_bank_holds(
    market: Market,
) -> None:
    """The first period's charge was delivered, and the running one's is with the bank."""
    _, found = await held(market)
    assert found.period_end is not None
    await run(market, found.period_end)
    async with market.db.transaction(readonly=True) as tx:
        newest, _ = await billing.charges(tx, found.person_id, found.id)
    fact = DisputeOpened(found.id, newest.id, "dsp_1", found.person_id, newest.amount.minor, "USD")
    async with market.db.transaction() as tx:
        await tx.execute("update payment_attempt set disputed = amount where id = $1", newest.id)
        await subscriptions.suspend(tx, fact)
    market.at(found.period_end + timedelta(days=10))
    await take_down(market, found.listing_id)
    ended = await market.subscription(found.id)
    assert ended.end_reason == "listing_taken_down"
    async with market.db.transaction(readonly=True) as tx:
        assert await subscriptions.owed_for(tx, ended) == Money(0)


async def test_won_late_one_period_is_charged_which_begins_then(market: Market) -> None:
    _, found = await held(market)
    market.at(market.stage.now + timedelta(days=3))
    await opened(market, found)
    decision = market.stage.now + timedelta(days=110)
    await run(market, decision)
    await decided(market, found, won=True)
    assert await subscriptions.renew_due(market.db, market.gateway) == 1
    after = await market.subscription(found.id)
    assert (after.period_start, after.anchor_day) == (decision, decision.day)
    assert after.period_end == period_end(decision, decision.day)
    assert await market.count("fake_charge") == 2
    assert await why(market, found) == "paid"


async def test_won_while_an_older_renewal_is_on_its_way_no_second_one_is_charged(
    market: Market,
) -> None:
    _, found = await held(market)
    attempt = await renewal_begun(market, found)
    await opened(market, found)
    market.at(market.stage.now + timedelta(days=10))
    await decided(market, found, won=True)
    assert await subscriptions.renew_due(market.db, market.gateway) == 1
    after = await market.subscription(found.id)
    assert after.period_start == attempt.charge.period_start
    assert await market.count("fake_charge") == 2


async def test_its_page_says_disputed_and_offers_the_way_out_however_long_it_takes(
    market: Market,
) -> None:
    buyer, found = await held(market)
    await opened(market, found)
    assert found.period_end is not None
    await run(market, found.period_end + timedelta(days=50))
    async with market.db.transaction(readonly=True) as tx:
        shown = await standing(tx, await subscriptions.subscription(tx, found.id))
    assert (shown.state, shown.live) == ("disputed", True)
    ended = await subscriptions.cancel(
        market.db, market.gateway, found.id, at="now", actor=buyer.actor
    )
    assert ended.status is Status.ENDED
    async with market.db.transaction(readonly=True) as tx:
        listing = await listings.listing(tx, found.listing_id)
    again = (await market.subscribe(buyer, listing)).subscription
    assert await why(market, again) == "paid"
