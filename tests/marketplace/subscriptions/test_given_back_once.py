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
    renew_due,
)
from arena.marketplace.subscriptions.end import end
from arena.money import invoices, ledger
from arena.money.billing import (
    Attempt,
    RefundWish,
    ask_refund,
    collect,
    confirm,
    first_attempt,
    give_back_owed,
    refund,
)
from arena.money.billing.model import RefundAboveCharge, Refunded
from arena.money.billing.refund import settle_refund
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


async def test_what_a_charge_paid_for_is_not_owed_when_its_fact_is_heard_after_the_end(
    market: Market,
) -> None:
    listing, buyer = await market.listed(), await market.buyer()
    found = (await market.subscribe(buyer, listing)).subscription
    assert found.period_end is not None
    market.at(market.stage.now + timedelta(days=2))
    async with market.db.transaction() as tx:
        await end(tx, await own(tx, found.id, buyer.actor, lock=True), reason="canceled")
    await market.settle()  # what was charged two days ago is heard of now
    assert await due(market, buyer) == Money(0)


async def take_down(market: Market, listing_id: str) -> None:
    """Unused time of its subscribers is owed back."""
    operator, _ = await market.operator()
    async with market.db.transaction() as tx:
        await moderation.take_down(tx, listing_id, actor=operator, reason="Signals were copied.")
    await market.settle()


async def payments(market: Market, reference: str) -> list[tuple[int, int]]:
    """What was paid and what of it went back, the oldest first."""
    async with market.db.transaction(readonly=True) as tx:
        rows = await tx.fetch(
            "select amount, refunded from payment_attempt where reference = $1 order by period_start",
            reference,
        )
    return [(row["amount"], row["refunded"]) for row in rows]


async def credited(market: Market, buyer: Buyer) -> list[int]:
    async with market.db.transaction(readonly=True) as tx:
        made = await invoices.invoices_of(tx, buyer.id)
    return [one.total.minor for one in made if one.kind == "credit_note"]


async def test_what_is_owed_for_the_newest_period_is_not_refunded_by_hand_as_well(
    market: Market,
) -> None:
    listing, buyer = await market.listed(), await market.buyer()
    found = (await market.subscribe(buyer, listing)).subscription
    market.at(market.stage.now + timedelta(days=32))
    await renew_due(market.db, market.gateway)
    await market.settle()
    await take_down(market, listing.id)
    owed = (await due(market, buyer)).minor
    assert 0 < owed < 9_900
    async with market.db.transaction(readonly=True) as tx:
        newest = await tx.one(
            "select id from payment_attempt where reference = $1 order by period_start desc limit 1", found.id
        )  # fmt: skip
    operator, _ = await market.operator()
    wish = RefundWish(newest["id"], "a", "asked for")
    by_operator = await refund(market.db, market.gateway, wish, actor=operator)
    assert by_operator.amount == Money(9_900 - owed)
    await give_back_owed(market.db, market.gateway)
    assert await payments(market, found.id) == [(9_900, 0), (9_900, 9_900)]


async def test_what_is_owed_goes_back_by_the_payments_it_is_owed_for(market: Market) -> None:
    buyer, begun = await market.buyer(), []
    for _ in range(2):
        begun.append((await market.subscribe(buyer, await market.listed())).subscription)
    market.at(market.stage.now + timedelta(days=3))
    for found in begun:
        await take_down(market, found.listing_id)
    owed = (await due(market, buyer)).minor
    assert 0 < owed < 2 * 9_900
    assert await give_back_owed(market.db, market.gateway) == 2
    for found in begun:
        assert await payments(market, found.id) == [(9_900, owed // 2)]


async def test_a_refund_that_came_back_is_credited_once_by_whatever_payment_it_goes_out_again(
    market: Market,
) -> None:
    listing, buyer = await market.listed(), await market.buyer()
    found = (await market.subscribe(buyer, listing)).subscription
    first = await paid(market, found.id)
    market.at(market.stage.now + timedelta(days=32))
    await renew_due(market.db, market.gateway)
    await market.settle()
    async with market.db.transaction() as tx:
        asked = await ask_refund(tx, RefundWish(first.id, "a", "asked for", Money(5_000)))
        await settle_refund(tx, asked.id, Refunded("sent", "re_1"))
    await market.settle()
    async with market.db.transaction() as tx:
        await settle_refund(tx, asked.id, Refunded("failed", "re_1", "expired card"))
    assert await give_back_owed(market.db, market.gateway) == 1
    await market.settle()
    assert await payments(market, found.id) == [(9_900, 0), (9_900, 5_000)]
    assert await credited(market, buyer) == [5_000]
    await by_hand(market, first, 100, "b")
    await market.settle()
    assert sorted(await credited(market, buyer)) == [100, 5_000]


async def test_what_came_back_is_not_refunded_by_hand_as_well(market: Market) -> None:
    listing, buyer = await market.listed(), await market.buyer()
    found = (await market.subscribe(buyer, listing)).subscription
    first = await paid(market, found.id)
    market.at(market.stage.now + timedelta(days=32))
    await renew_due(market.db, market.gateway)
    async with market.db.transaction() as tx:
        asked = await ask_refund(tx, RefundWish(first.id, "a", "asked for", Money(5_000)))
        await settle_refund(tx, asked.id, Refunded("sent", "re_1"))
        await settle_refund(tx, asked.id, Refunded("failed", "re_1", "expired card"))
    with pytest.raises(RefundAboveCharge, match=r"49\.00"):
        await by_hand(market, first, 4_901, "b")
    await by_hand(market, first, 4_900, "c")


async def test_a_refund_first_heard_of_as_it_came_back_went_out_and_is_owed(market: Market) -> None:
    listing, buyer = await market.listed(), await market.buyer()
    found = (await market.subscribe(buyer, listing)).subscription
    first = await paid(market, found.id)
    async with market.db.transaction() as tx:
        before = await ledger.balance(tx, "gateway:fake:balance")
        asked = await ask_refund(tx, RefundWish(first.id, "a", "asked for", Money(5_000)))
        for _ in range(2):
            await settle_refund(tx, asked.id, Refunded("failed", "re_1", "expired card"))
        kinds = [one.kind for one in await ledger.find_journals(tx, found.id)]
        assert await ledger.balance(tx, "gateway:fake:balance") == before
    assert await due(market, buyer) == Money(5_000)
    assert kinds.count(ledger.Kind.REFUND_ISSUED) == kinds.count(ledger.Kind.REFUND_FAILED) == 1


async def test_a_refund_that_the_gateway_refuses_moves_nothing(market: Market) -> None:
    listing, buyer = await market.listed(), await market.buyer()
    found = (await market.subscribe(buyer, listing)).subscription
    first = await paid(market, found.id)
    async with market.db.transaction() as tx:
        asked = await ask_refund(tx, RefundWish(first.id, "a", "asked for", Money(5_000)))
        await settle_refund(tx, asked.id, Refunded("failed", "", "charge_disputed"))
    assert await due(market, buyer) == Money(0)
    await by_hand(market, first, 9_900, "b")


async def test_what_is_owed_and_the_rest_by_hand_leave_no_cent_behind(market: Market) -> None:
    listing, buyer = await market.listed(), await market.buyer()
    found = (await market.subscribe(buyer, listing)).subscription
    market.at(market.stage.now + timedelta(days=1, seconds=4_321))
    await take_down(market, listing.id)
    await give_back_owed(market.db, market.gateway)
    await by_hand(market, await paid(market, found.id), 333, "a")
    await by_hand(market, await paid(market, found.id), None, "b")
    assert await payments(market, found.id) == [(9_900, 9_900)]
    async with market.db.transaction(readonly=True) as tx:
        for code in (f"creator:{listing.creator_id}:pending", "platform:fee_income"):
            assert await ledger.balance(tx, code) == Money(0)
