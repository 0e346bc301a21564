"""A disputed charge stops access at once; won, it goes on as it was; lost, it is over."""

import pytest

from arena.marketplace import entitlements, subscriptions
from arena.marketplace.subscriptions import Status
from arena.money.billing import DisputeClosed, DisputeOpened
from tests.marketplace.market import Market


@pytest.mark.parametrize("won", [True, False])
async def test_access_waits_for_the_banks_decision(market: Market, won: bool) -> None:
    listing, buyer = await market.listed(), await market.buyer()
    mine = (await market.subscribe(buyer, listing, intent="i")).subscription
    facts = (mine.id, "pay_1", "dsp_1", buyer.actor.id)
    async with market.db.transaction() as tx:
        assert (await entitlements.may(tx, buyer.actor.id, mine.feed_id)).allowed
    for _ in range(2):  # a fact may come twice
        async with market.db.transaction() as tx:
            await subscriptions.suspend(tx, DisputeOpened(*facts, 9900, "USD"))
    async with market.db.transaction() as tx:
        assert not (await entitlements.may(tx, buyer.actor.id, mine.feed_id)).allowed
    assert await subscriptions.renew_due(market.db, market.gateway) == 0
    for _ in range(2):
        async with market.db.transaction() as tx:
            await subscriptions.resume(tx, DisputeClosed(*facts, won))
    async with market.db.transaction() as tx:
        assert (await entitlements.may(tx, buyer.actor.id, mine.feed_id)).allowed is won
    after = await market.subscription(mine.id)
    if won:
        assert (after.access_until, after.charge_at) == (mine.access_until, mine.charge_at)
    else:
        assert (after.status, after.end_reason) == (Status.ENDED, "disputed")


async def test_a_dispute_about_something_else_changes_no_subscription(market: Market) -> None:
    async with market.db.transaction() as tx:
        await subscriptions.suspend(tx, DisputeOpened("inv_1", "pay_1", "dsp_1", "usr_1", 1, "USD"))
        await subscriptions.resume(tx, DisputeClosed("inv_1", "pay_1", "dsp_1", "usr_1", True))


async def test_no_act_of_its_person_gives_access_back_while_the_bank_decides(
    market: Market,
) -> None:
    listing, buyer = await market.listed(), await market.buyer()
    mine = (await market.subscribe(buyer, listing)).subscription
    facts = (mine.id, "pay_1", "dsp_1", buyer.id)
    async with market.db.transaction() as tx:
        await subscriptions.suspend(tx, DisputeOpened(*facts, 9900, "USD"))
    for _ in range(2):
        await subscriptions.cancel(market.db, market.gateway, mine.id, actor=buyer.actor)
        async with market.db.transaction() as tx:
            assert not (await entitlements.may(tx, buyer.id, mine.feed_id)).allowed
            after = await subscriptions.undo(tx, mine.id, actor=buyer.actor)
            assert not (await entitlements.may(tx, buyer.id, mine.feed_id)).allowed
        assert after.disputed
    market.at(mine.period_end)  # type: ignore[arg-type]  # there is one
    assert await subscriptions.renew_due(market.db, market.gateway) == 0
    async with market.db.transaction() as tx:
        with pytest.raises(subscriptions.NoCoolingOff, match="disputed"):
            await subscriptions.cool_off(tx, mine.id, actor=buyer.actor)
        await subscriptions.resume(tx, DisputeClosed(*facts, True))
    after = await market.subscription(mine.id)
    assert (after.access_until, after.charge_at) == (mine.access_until, mine.charge_at)
