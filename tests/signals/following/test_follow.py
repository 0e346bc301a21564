"""A signal becomes an order of the reference account once, and its fills get their protection."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from arena.kit.db import Row
from arena.kit.outbox import drain
from arena.signals import following
from arena.signals.feeds import SignalPublished
from arena.trading.market import Bars, Candle
from arena.trading.orders import Order, OrderFilled, open_orders, orders
from arena.trading.portfolio import portfolio
from arena.trading.risk import kill
from tests.signals.stage import Author, Stage

D = Decimal


@pytest.fixture
async def author(stage: Stage) -> Author:
    await stage.play(4)
    return await stage.author()


async def acts(author: Author) -> list[following.Act]:
    async with author.stage.db.transaction(readonly=True) as tx:
        return await following.acts(tx, author.feed.account_id)


async def standing(author: Author) -> list[Order]:
    async with author.stage.db.transaction(readonly=True) as tx:
        return await open_orders(tx, author.feed.account_id)


async def rows(author: Author, sql: str, *values: object) -> Sequence[Row]:
    async with author.stage.db.transaction(readonly=True) as tx:
        return await tx.fetch(sql, *values)


async def bar(author: Author, prices: str, volume: object = 5000) -> Bars:
    """The next bar of a tape that goes its own way: open, high, low, close as parts of the last close."""
    last = (await rows(author, "select * from candle order by open_at desc limit 1"))[0]
    o, h, low, c = (round(last["close"] * D(part), 2) for part in prices.split())
    open_at = last["open_at"] + timedelta(seconds=900)
    return Bars(open_at, 900, (Candle(last["symbol"], open_at, o, h, low, c, D(str(volume))),))


async def price(author: Author, part: str) -> Decimal:
    last = (await rows(author, "select close from candle order by open_at desc limit 1"))[0]
    return round(last["close"] * D(part), 2)


async def test_a_signal_becomes_an_order_and_the_next_bar_fills_it(author: Author) -> None:
    stage = author.stage
    signal = await author.publish(target_weight=D("0.5"))
    await drain(stage.db)
    [order] = await standing(author)
    assert (order.side, order.type, order.signal_id) == ("buy", "market", signal.id)
    assert order.placed_at == signal.received_at
    await stage.play(1)
    [act] = await acts(author)
    assert (act.outcome, act.detail["order_id"], act.at) == (
        "ordered",
        order.id,
        signal.received_at,
    )
    async with stage.db.transaction(readonly=True) as tx:
        held = await portfolio(tx, author.feed.account_id)
    assert (
        D("0.49") < held.quantity(stage.symbol) * order.quantity / order.quantity**2 / 2 < D("0.51")
    )
    assert D(49_000) < held.cash < D(51_000)


async def test_following_twice_orders_once(author: Author) -> None:
    stage = author.stage
    signal = await author.publish()
    fact = SignalPublished(author.feed.id, 1, signal.id, signal.issued_at)
    for _ in range(3):
        async with stage.db.transaction() as tx:
            await following.follow(tx, fact, venue=stage.venue)
    assert len(await standing(author)) == 1
    assert len(await acts(author)) == 1


@pytest.mark.parametrize(
    ("before", "changes", "outcome"),
    [
        (None, {"target_weight": D(0)}, "unchanged"),
        (D("0.5"), {"target_weight": D("0.501")}, "too_small"),
        (None, {"target_weight": D("0.00001")}, "too_small"),
    ],
)
async def test_what_is_not_worth_an_order_is_noted(
    author: Author, before: Decimal | None, changes: dict[str, Any], outcome: str
) -> None:
    if before is not None:
        await author.publish(target_weight=before)
        await author.stage.play(1)
    await author.publish(**changes)
    await author.stage.play(1)
    assert (await acts(author))[-1].outcome == outcome


async def test_a_signal_before_the_first_bar_has_no_price(stage: Stage) -> None:
    author = await stage.author()
    await author.publish()
    await stage.play(2)
    assert [act.outcome for act in await acts(author)] == ["no_price"]
    assert (await stage.recomputed(author.feed.id)).holds


async def test_a_signal_whose_validity_is_over_on_arrival_changes_nothing(author: Author) -> None:
    stage, issued_at = author.stage, author.stage.now
    await author.publish(
        target_weight=D("0.5"), issued_at=issued_at, stop_price=await price(author, "0.5")
    )
    await stage.play(1)
    guards = await standing(author)
    minute = timedelta(minutes=1)
    await author.publish(target_weight=D(0), issued_at=issued_at, valid_until=issued_at + minute)
    await drain(stage.db)
    assert [act.outcome for act in await acts(author)] == ["ordered", "stale"]
    assert await standing(author) == guards
    assert len(guards) == 1
    await stage.play(1)
    assert (await stage.recomputed(author.feed.id)).holds


async def test_a_refusal_by_the_accounts_limits_is_noted_and_blocks_nobody(author: Author) -> None:
    stage = author.stage
    async with stage.db.transaction() as tx:
        await kill(tx, author.feed.account_id, reason="a test")
    await author.publish()
    await stage.play(1)
    [act] = await acts(author)
    assert (act.outcome, act.detail["code"]) == ("refused", "trading_killed")
    assert (await stage.recomputed(author.feed.id)).holds


async def test_a_new_signal_cancels_what_the_last_one_left_open(author: Author) -> None:
    stage = author.stage
    await author.publish(target_weight=D(1), limit_price=await price(author, "0.5"))
    await stage.play(1)
    [resting] = await standing(author)
    second = await author.publish(target_weight=D("0.3"))
    await drain(stage.db)
    [order] = await standing(author)
    assert order.signal_id == second.id
    async with stage.db.transaction(readonly=True) as tx:
        everything = await orders(tx, [author.feed.account_id])
    assert {o.status for o in everything if o.id == resting.id} == {"canceled"}


async def test_a_limit_order_expires_with_its_signal(author: Author) -> None:
    stage = author.stage
    await author.publish(
        target_weight=D(1), limit_price=await price(author, "0.5"),
        valid_until=stage.now + timedelta(minutes=30),
    )  # fmt: skip
    await stage.play(1)
    assert len(await standing(author)) == 1
    await stage.play(1)
    assert await standing(author) == []
    assert (await stage.recomputed(author.feed.id)).holds


async def test_a_fill_is_followed_by_stop_and_take_profit_of_which_one_fills(
    author: Author,
) -> None:
    stage = author.stage
    stop, profit = await price(author, "0.97"), await price(author, "1.03")
    await author.publish(target_weight=D(1), stop_price=stop, take_profit_price=profit)
    await stage.meet(await bar(author, "1 1.001 0.999 1"))
    guards = await standing(author)
    assert [(o.type, o.stop_price) for o in guards] == [
        ("stop_loss", stop),
        ("take_profit", profit),
    ]
    assert guards[0].quantity == guards[1].quantity
    assert guards[0].placed_at == stage.now
    await stage.meet(await bar(author, "1 1.04 1 1.04"))
    assert await standing(author) == []
    async with stage.db.transaction(readonly=True) as tx:
        ended = {o.type: o.status for o in await orders(tx, [author.feed.account_id])}
    assert (ended["take_profit"], ended["stop_loss"]) == ("filled", "canceled")
    assert (await stage.recomputed(author.feed.id)).holds


async def test_every_fill_of_an_order_in_parts_moves_its_protection(author: Author) -> None:
    stage = author.stage
    await author.publish(target_weight=D(1), stop_price=await price(author, "0.9"))
    quantities = []
    for _ in range(3):
        await stage.meet(
            await bar(author, "1 1.001 0.999 1", volume=5)
        )  # a tenth of it is on offer
        [guard] = [order for order in await standing(author) if order.type == "stop_loss"]
        quantities.append(guard.quantity)
    assert quantities == sorted(quantities)
    assert quantities[0] < quantities[-1]
    assert (await stage.recomputed(author.feed.id)).holds


async def test_a_reduction_in_parts_does_not_sell_what_is_leaving_twice(author: Author) -> None:
    stage = author.stage
    await author.publish(target_weight=D(1))
    await stage.meet(await bar(author, "1 1.001 0.999 1"))
    await author.publish(target_weight=D("0.5"), stop_price=await price(author, "0.95"))
    await stage.meet(await bar(author, "1 1.001 0.999 1", volume=3))
    by_type = {order.type: order for order in await standing(author)}
    leaving = by_type["market"].quantity - by_type["market"].filled_quantity
    assert leaving > 0
    async with stage.db.transaction(readonly=True) as tx:
        held = (await portfolio(tx, author.feed.account_id)).quantity(stage.symbol)
    assert by_type["stop_loss"].quantity + leaving <= held
    await stage.meet(await bar(author, "1 1 0.8 0.8"))
    assert await standing(author) == []
    assert (await stage.recomputed(author.feed.id)).holds


async def test_protection_asked_for_twice_or_too_late_changes_nothing(author: Author) -> None:
    stage = author.stage
    signal = await author.publish(target_weight=D("0.5"), stop_price=await price(author, "0.5"))
    await stage.play(1)
    guards = await standing(author)
    [fact] = [
        OrderFilled(**{**row["body"], "at": stage.now})
        for row in await rows(author, "select body from fact where kind = 'OrderFilled'")
    ]
    async with stage.db.transaction() as tx:
        await following.protect(tx, fact, venue=stage.venue)
    assert await standing(author) == guards
    assert fact.signal_id == signal.id
    await author.publish(target_weight=D("0.5"))
    await drain(stage.db)
    async with stage.db.transaction() as tx:
        await following.protect(tx, fact, venue=stage.venue)
    assert await standing(author) == []


async def test_a_reaction_that_comes_after_the_next_step_finds_its_signal_followed(
    author: Author,
) -> None:
    """Nothing drains between arrival and the step, as when the process dies there."""
    stage = author.stage
    signal = await author.publish(target_weight=D(1))
    await stage.play(1)
    [act] = await acts(author)
    assert act.at == signal.received_at
    assert len(await rows(author, "select 1 from fill")) == 1
    assert (await stage.recomputed(author.feed.id)).holds


async def test_with_live_prices_a_signal_waits_for_the_bar_before_it(author: Author) -> None:
    """The wall clock runs ahead of the last stored bar; the signal is sized once that has come."""
    stage = author.stage
    async with stage.db.transaction() as tx:
        await tx.execute("update product_clock set source = 'live'")
    last = stage.now
    stage.db.clock.move_to(last + timedelta(seconds=901))  # type: ignore[attr-defined]  # a TapeClock here
    signed = await author.signed(target_weight=D("0.5"))
    signal = await author.publish(signed)
    fact = SignalPublished(author.feed.id, 1, signal.id, signal.issued_at)
    with pytest.raises(following.BarNotInYet):
        async with stage.db.transaction() as tx:
            await following.follow(tx, fact, venue=stage.venue)
    await stage.play(1)
    async with stage.db.transaction() as tx:
        await following.follow(tx, fact, venue=stage.venue)
    [act] = await acts(author)
    assert act.at == signal.received_at
    await stage.play(1)
    assert (await stage.recomputed(author.feed.id)).holds
    assert len(await rows(author, "select 1 from fill")) == 1


async def test_a_feed_has_a_reference_account_of_its_own(stage: Stage) -> None:
    author = await stage.author()
    async with stage.db.transaction(readonly=True) as tx:
        held = await portfolio(tx, author.feed.account_id)
    assert (held.account.kind, held.account.owner_id) == ("reference", author.feed.id)
    assert held.cash == stage.settings.reference_cash
