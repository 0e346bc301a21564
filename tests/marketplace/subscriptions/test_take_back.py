"""A change of tier that waits for its charge is taken back, unless the charge went through."""

import pytest

from arena.kit.money import Money
from arena.marketplace import subscriptions
from arena.marketplace.subscriptions import ChangeState, NewTerms, take_back
from arena.marketplace.subscriptions.model import NothingToUndo
from arena.money.billing.confirm import confirm
from tests.marketplace.market import Market
from tests.marketplace.subscriptions.test_change import changed, held
from tests.marketplace.subscriptions.test_renew import ASKS


async def test_a_change_that_waits_for_its_person_is_taken_back_and_another_can_be_asked_for(
    market: Market,
) -> None:
    buyer, found = await held(market)
    await market.change_card(buyer, ASKS)
    done = await changed(market, buyer, NewTerms(found.id, "pro", "month"))
    with pytest.raises(subscriptions.NoSuchSubscription):
        other = (await market.buyer()).actor
        await take_back(market.db, market.gateway, found.id, actor=other)
    after = await take_back(market.db, market.gateway, found.id, actor=buyer.actor)
    assert (after.tier, after.cancel_at_period_end) == ("basic", False)
    assert await market.count("fake_charge", "state = 'requires_action'") == 0
    async with market.db.transaction() as tx:
        change = await subscriptions.change_of(tx, done.change.id)
        assert change is not None
        assert change.state is ChangeState.FAILED
        await subscriptions.pause(tx, found.id, 1, actor=buyer.actor)
    after = await take_back(market.db, market.gateway, found.id, actor=buyer.actor)
    assert after.pause_months is None
    with pytest.raises(NothingToUndo):
        await take_back(market.db, market.gateway, found.id, actor=buyer.actor)


async def test_a_change_whose_charge_went_through_meanwhile_holds_though_it_is_taken_back(
    market: Market,
) -> None:
    buyer, found = await held(market)
    await market.change_card(buyer, ASKS)
    done = await changed(market, buyer, NewTerms(found.id, "pro", "month"))
    assert done.action_url is not None
    await confirm(market.db, market.gateway, done.action_url.split("/")[3], actor=buyer.actor)
    after = await take_back(market.db, market.gateway, found.id, actor=buyer.actor)
    assert (after.tier, after.paid) == ("pro", Money(9_900))
