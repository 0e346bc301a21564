"""Money put into an account on the floor, and taken out: booked between orders, never lost, never return."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import pytest

from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.people.access import SYSTEM
from arena.trading import portfolio
from arena.trading.orders import Floor, fund
from arena.trading.portfolio import Flow, InsufficientFunds, NoFlow
from tests.trading.floor.stage import D, Hand, Member, buy, enrol, open_floor, sell


class Room(NamedTuple):
    db: Database
    floor: Floor
    hand: Hand
    member: Member

    async def put(self, asset: str, quantity: object, intent: str = "one") -> Flow:
        return await fund(
            self.db, self.member.account_id, asset, D(quantity), floor=self.floor, intent=intent,
            note="prize", actor=SYSTEM, request_id="req_1",
        )  # fmt: skip

    async def agree(self) -> portfolio.Portfolio:
        """Memory, balances, positions, fills and flows all say the same; what they say."""
        seen = await self.floor.account(self.member.account_id)
        async with self.db.transaction(readonly=True) as tx:
            held = await portfolio.portfolio(tx, self.member.account_id)
            moved = await portfolio.flows(tx, self.member.account_id)
            spent = await tx.fetchval(
                """select coalesce(sum(case side when 'buy' then -quantity * price
                     else quantity * price - fee end), 0) from fill where account_id = $1""",
                self.member.account_id,
            )
        assert {a: b.total for a, b in seen.balances.items()} == dict(held.balances)
        for position in held.positions.values():
            assert position.quantity == held.balances[position.symbol.removesuffix("USDT")]
        put_in = sum((f.quantity for f in moved if f.asset == "USDT"), D(0))
        assert held.cash == held.account.opening_cash + put_in + spent
        return held


@pytest.fixture
async def room(db: Database, settings: Settings) -> AsyncIterator[Room]:
    async with open_floor(db, settings) as (floor, hand):
        member = await enrol(db, floor)
        hand.quiet()
        yield Room(db, floor, hand, member)


async def test_money_put_in_can_be_traded_at_once(room: Room) -> None:
    flow = await room.put("USDT", 50_000)
    assert (flow.equity_before, flow.value_quote) == (100_000, 50_000)
    held = await room.agree()
    assert held.cash == 150_000
    seen = await room.floor.place(room.member.account_id, buy("2.9"), by=room.member.actor)
    assert seen.status == "filled"
    await room.agree()


async def test_units_put_in_are_a_position_at_what_they_were_worth(room: Room) -> None:
    async with room.db.transaction() as tx:
        await tx.execute(
            "insert into candle select 'BTCUSDT', now() - interval '9 years', 50000, 50000, 50000, 50000, 1"
        )
    flow = await room.put("BTC", 2)
    assert (flow.rate, flow.value_quote) == (50_000, 100_000)
    held = await room.agree()
    assert held.positions["BTCUSDT"].average_cost == 50_000
    sold = await room.floor.place(room.member.account_id, sell(1), by=room.member.actor)
    assert sold.status == "filled"
    await room.agree()


async def test_what_open_orders_hold_cannot_be_taken_out(room: Room) -> None:
    await room.floor.place(
        room.member.account_id, buy(1, limit_price="40000"), by=room.member.actor
    )
    with pytest.raises(InsufficientFunds):
        await room.put("USDT", -60_001)
    with pytest.raises(NoFlow):
        await room.put("USDT", 0)
    await room.put("USDT", -60_000)
    assert (await room.agree()).cash == 40_000


async def test_asked_for_twice_it_moves_once(room: Room) -> None:
    first = await room.put("USDT", 10)
    assert await room.put("USDT", 10) == first
    assert await room.put("USDT", 10, intent="two") != first
    assert (await room.agree()).cash == 100_020
    async with room.db.transaction(readonly=True) as tx:
        rows = await tx.fetch("select request_id from audit_event where action = 'accounts.flow'")
    assert [row["request_id"] for row in rows] == ["req_1", "req_1"]


async def test_money_and_orders_at_the_same_moment_lose_nothing(room: Room) -> None:
    account_id, actor = room.member.account_id, room.member.actor

    async def trade(number: int) -> Any:
        return await room.floor.place(account_id, buy("0.01"), by=actor)

    for turn in range(10):
        await asyncio.gather(
            *(trade(n) for n in range(3)), *(room.put("USDT", 7, f"{turn}-{n}") for n in range(3))
        )
    held = await room.agree()
    assert held.account.opening_cash == 100_000
    assert held.quantity("BTCUSDT") == D("0.3") * D("0.999")


async def test_whoever_listens_hears_of_it_as_a_change_that_no_trade_made(room: Room) -> None:
    async with room.floor.listen(room.member.account_id) as events:
        await room.put("USDT", 5)
        event = await anext(events)
    assert event.kind == "balances"
    assert event.changes == {"USDT": 5}
    assert event.balances["USDT"].total == 100_005
