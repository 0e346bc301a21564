"""What can be done on the floor: place, cancel, replace, lists; and what each leaves in account and database."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.trading.orders import Floor
from arena.trading.portfolio import InsufficientFunds, portfolio
from arena.trading.venues import (
    BadOrderRequest,
    DuplicateOrder,
    NothingToTrade,
    OrderEnded,
    OrderListRequest,
    OrderRef,
    OrderRequest,
    UnknownOrder,
    VenueOrder,
    WouldTake,
    WouldTrigger,
)
from tests.trading.floor.stage import D, Hand, Member, buy, enrol, open_floor, sell


class Room(NamedTuple):
    db: Database
    floor: Floor
    hand: Hand
    member: Member

    async def place(self, request: OrderRequest, **how: Any) -> VenueOrder:
        return await self.floor.place(
            self.member.account_id, replace(request, **how), by=self.member.actor
        )

    async def balances(self) -> dict[str, tuple[str, str]]:
        seen = await self.floor.account(self.member.account_id)
        return {
            a: (str(b.free.normalize()), str(b.locked.normalize()))
            for a, b in seen.balances.items()
        }


@pytest.fixture
async def room(db: Database, settings: Settings) -> AsyncIterator[Room]:
    async with open_floor(db, settings) as (floor, hand):
        member = await enrol(db, floor)
        hand.quiet()
        yield Room(db, floor, hand, member)


async def test_a_market_order_walks_the_book_and_is_answered_with_its_fills(room: Room) -> None:
    seen = await room.place(buy("1.5"))
    assert seen.status == "filled"
    assert [(f.price, f.quantity, f.liquidity) for f in seen.fills] == [
        (D("50000.10"), D(1), "taker"), (D("50000.20"), D("0.5"), "taker"),
    ]  # fmt: skip
    assert seen.filled_quote == D("75000.2")
    held = await room.balances()
    assert held["BTC"][0] == "1.4985"  # a thousandth of what was received is the fee
    assert held["USDT"] == ("24999.8", "0")


async def test_memory_and_database_agree_to_the_unit(room: Room) -> None:
    await room.place(buy("1.3"))
    await room.place(sell("0.4"))
    seen = await room.floor.account(room.member.account_id)
    async with room.db.transaction(readonly=True) as tx:
        stored = await portfolio(tx, room.member.account_id)
    assert {a: b.total for a, b in seen.balances.items()} == dict(stored.balances)
    assert stored.positions["BTCUSDT"].quantity == stored.balances["BTC"]


async def test_a_limit_order_rests_holds_its_worth_and_gives_it_back(room: Room) -> None:
    seen = await room.place(buy(1, limit_price="49000"))
    assert (seen.status, seen.working) == ("accepted", True)
    assert (await room.balances())["USDT"] == ("5.1E+4", "4.9E+4")
    gone = await room.floor.cancel(
        room.member.account_id,
        OrderRef("BTCUSDT", number=seen.number),
        by=room.member.actor,
        cancel_id="bye",
    )
    assert (gone.status, gone.cancel_id, gone.number) == ("canceled", "bye", seen.number)
    assert (await room.balances())["USDT"] == ("1E+5", "0")
    with pytest.raises(OrderEnded):
        await room.floor.cancel(
            room.member.account_id, OrderRef("BTCUSDT", number=seen.number), by=room.member.actor
        )
    with pytest.raises(UnknownOrder):
        await room.floor.cancel(
            room.member.account_id, OrderRef("BTCUSDT", number=10**6), by=room.member.actor
        )


async def test_a_resting_order_is_filled_by_trades_after_its_queue(room: Room) -> None:
    seen = await room.place(buy(1, limit_price="49999.9"))
    room.hand.trade("BTCUSDT", "49999.9", "1.4", side="sell")
    there = await room.floor.order(room.member.account_id, OrderRef("BTCUSDT", number=seen.number))
    assert (there.status, there.filled_quantity) == ("partially_filled", D("0.4"))
    room.hand.trade("BTCUSDT", "49999.9", "5", side="sell")
    there = await room.floor.order(room.member.account_id, OrderRef("BTCUSDT", number=seen.number))
    assert there.status == "filled"
    assert {f.liquidity for f in there.fills} == {"maker"}
    assert (await room.balances())["BTC"][0] == "0.999"


async def test_the_same_client_order_id_gives_the_same_order_and_never_a_second_one(
    room: Room,
) -> None:
    first = await room.place(buy(1, client_order_id="mine"))
    again = await room.place(buy(1, client_order_id="mine"))
    assert (again.id, again.number, again.status) == (first.id, first.number, "filled")
    with pytest.raises(DuplicateOrder):
        await room.place(buy(2, client_order_id="mine"))
    assert (await room.balances())["BTC"][0] == "0.999"


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (buy(1, limit_price=50_001, type="limit_maker"), WouldTake),
        (buy(1, stop_price=49_000, type="stop_loss"), WouldTrigger),
        (sell(1), InsufficientFunds),
        (buy(100), InsufficientFunds),
        (buy(1, symbol="ETHUSDT"), Exception),
        (buy(1, limit_price=49_000, type="market"), BadOrderRequest),
        (buy(1, type="limit"), BadOrderRequest),
        (buy(1, time_in_force="fok"), BadOrderRequest),
        (buy(1, type="stop_loss", trailing_bps=5), BadOrderRequest),
    ],
)
async def test_a_refusal_leaves_nothing_behind(
    room: Room, request_: OrderRequest, error: type[Exception]
) -> None:
    before = await room.balances()
    with pytest.raises(error):
        await room.place(request_)
    with pytest.raises(error):
        await room.floor.test(room.member.account_id, request_)
    assert await room.balances() == before
    assert not await room.floor.open_orders(room.member.account_id)
    async with room.db.transaction(readonly=True) as tx:
        assert await tx.fetchval("select count(*) from trade_order") == 0


async def test_without_a_book_a_market_order_is_refused(db: Database, settings: Settings) -> None:
    async with open_floor(db, settings) as (floor, hand):
        member = await enrol(db, floor)
        hand.trade("BTCUSDT", 50_000, 1)
        with pytest.raises(NothingToTrade):
            await floor.place(member.account_id, buy("0.1"), by=member.actor)


async def test_a_quote_quantity_spends_at_most_what_it_says(room: Room) -> None:
    seen = await room.place(buy(quote_quantity=1000))
    assert seen.status == "filled"
    assert D("999") < seen.filled_quote <= D(1000)
    sold = await room.place(sell(quote_quantity=500))
    assert sold.status == "filled"
    assert D("499") < sold.filled_quote <= D(500)


async def test_one_cancels_the_other(room: Room) -> None:
    await room.place(buy(1))
    pair = OrderListRequest(
        "pair", "BTCUSDT",
        above=sell("0.9", type="limit_maker", limit_price="50001.1"),
        below=sell("0.9", type="stop_loss", stop_price="49990"),
    )  # fmt: skip
    made = await room.floor.place_list(room.member.account_id, pair, by=room.member.actor)
    assert not made.done
    assert (await room.balances())["BTC"] == ("0.099", "0.9")  # held once for both
    room.hand.trade("BTCUSDT", "49989", "0.1", side="sell")
    seen = await room.floor.order_list(room.member.account_id, number=made.number)
    assert seen.done
    assert [leg.status for leg in seen.orders] == ["canceled", "filled"]
    assert (await room.balances())["BTC"] == ("0.099", "0")


async def test_cancel_replace_is_one_act(room: Room) -> None:
    first = await room.place(buy(1, limit_price=49_000))
    swapped = await room.floor.replace(
        room.member.account_id, OrderRef("BTCUSDT", first.number), buy(2, limit_price=49_500),
        by=room.member.actor, stop_on_failure=True,
    )  # fmt: skip
    assert swapped.canceled.status == "canceled"  # type: ignore[union-attr]  # it is an order
    assert swapped.placed.status == "accepted"  # type: ignore[union-attr]  # it is an order
    again = await room.floor.replace(
        room.member.account_id, OrderRef("BTCUSDT", first.number), buy(1, limit_price=49_000),
        by=room.member.actor, stop_on_failure=True,
    )  # fmt: skip
    assert isinstance(again.canceled, OrderEnded)
    assert again.placed is None


async def test_every_event_is_numbered_and_can_be_asked_for_again(room: Room) -> None:
    account_id = room.member.account_id
    async with room.floor.listen(account_id) as events:
        await room.place(buy(1))
        heard = [await anext(events) for _ in range(4)]
    assert [e.number for e in heard] == [1, 2, 3, 4]
    assert [e.kind for e in heard] == ["order", "balances", "fill", "balances"]
    async with room.floor.listen(account_id, after=2) as events:
        again = [await anext(events) for _ in range(2)]
    assert again == heard[2:]


async def test_the_kill_switch_cancels_what_is_open_and_lets_nothing_in(room: Room) -> None:
    from arena.trading import risk

    await room.place(buy(1, limit_price=49_000))
    async with room.db.transaction() as tx:
        await risk.kill(tx, room.member.account_id, "enough", actor=room.member.actor)
    room.floor.forget(room.member.account_id)
    with pytest.raises(risk.TradingKilled):
        await room.place(buy(1))
    async with room.floor.listen(room.member.account_id, after=0) as events:
        async for event in events:
            if event.order is not None and event.order.status == "canceled":
                break
    assert not await room.floor.open_orders(room.member.account_id)
