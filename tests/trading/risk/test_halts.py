"""A stopped account takes nothing, whichever way an order comes, and what it had open is gone."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import NamedTuple

import httpx
import pytest
from starlette.routing import BaseRoute

from arena.app import ROUTERS
from arena.kit.db import Database
from arena.kit.errors import ArenaError
from arena.kit.settings import Settings
from arena.people.access import SAFE, SYSTEM
from arena.trading import risk
from arena.trading.orders import Floor, stop
from arena.trading.orders.routes import routes as order_routes
from arena.trading.risk import LIQUIDATOR, TradingBarred, TradingKilled
from arena.trading.venues import OrderListRequest, OrderRef
from tests.http import make_client
from tests.trading.floor.stage import BTCUSDT, Hand, Member, buy, enrol, open_floor, sell
from tests.trading.orders.test_routes import Signed, floor_hears
from tests.trading.risk.halted import Attempt, expect_stops_hold

STOPPED = (TradingKilled, TradingBarred)
# Routes of our own API that change something and need the scope by which orders are placed.
PLACING = {("POST", "/orders")}
LIVE = {("POST", "/live-trading/orders"), ("POST", "/live-trading/orders/dry-run")}
"""Held against a stop in tests/trading/orders/live, where there is an exchange to send to."""
NOT_PLACING = {
    ("DELETE", "/orders/{order_id}"), ("PUT", "/risk/limits"), ("POST", "/risk/halt"), ("POST", "/risk/resume"),
    ("PUT", "/live-trading/consent"), ("DELETE", "/live-trading/orders/{order_id}"),
    ("PUT", "/live-trading/limits"), ("POST", "/live-trading/halt"), ("POST", "/live-trading/resume"),
}  # fmt: skip


class Room(NamedTuple):
    db: Database
    floor: Floor
    hand: Hand
    member: Member


@pytest.fixture
async def room(db: Database, settings: Settings) -> AsyncIterator[Room]:
    async with open_floor(db, settings) as (floor, hand):
        floor_hears(db, floor)
        member = await enrol(db, floor)
        hand.quiet()
        yield Room(db, floor, hand, member)


def attempts_on(room: Room) -> list[Attempt]:
    """Each act of the floor that can bring an order into the world; a dialect has no others."""
    floor, me = room.floor, room.member

    async def taken(act) -> bool:  # type: ignore[no-untyped-def]  # any act of the floor
        try:
            await act
        except STOPPED:
            return False
        return True

    async def place() -> bool:
        return await taken(floor.place(me.account_id, buy("0.001"), by=me.actor))

    async def test() -> bool:
        return await taken(floor.test(me.account_id, buy("0.001"), by=me.actor))

    async def place_list() -> bool:
        above = buy("0.001", type="stop_loss", stop_price=60_000)
        below = buy("0.001", type="limit_maker", limit_price=40_000)
        name = above.client_order_id + "l"
        return await taken(
            floor.place_list(
                me.account_id, OrderListRequest(name, "BTCUSDT", above, below), by=me.actor
            )
        )

    async def replace_nothing() -> bool:
        """Cancel-replace places the new order even where there was none to cancel."""
        done = await floor.replace(
            me.account_id, OrderRef("BTCUSDT", client_order_id="never was"), buy("0.001"), by=me.actor,
            stop_on_failure=False,
        )  # fmt: skip
        if isinstance(done.placed, ArenaError):
            assert isinstance(done.placed, STOPPED), done.placed
            return False
        return done.placed is not None

    return [
        Attempt("place", place), Attempt("test", test), Attempt("place_list", place_list),
        Attempt("replace", replace_nothing),
    ]  # fmt: skip


async def test_no_act_of_the_floor_goes_past_a_stop(room: Room) -> None:
    await expect_stops_hold(room.db, room.floor, room.member.account_id, attempts_on(room))


async def test_no_route_of_our_own_goes_past_a_stop(room: Room, settings: Settings) -> None:
    client = make_client(room.db, settings, order_routes, floor=room.floor)
    auth = Signed(room.member.key)

    async def post() -> bool:
        order = {"symbol": BTCUSDT.symbol, "side": "buy", "quantity": "0.001"}
        answer: httpx.Response = await client.post("/orders", json=order, auth=auth)
        if answer.status_code == 201:
            return True
        assert answer.json()["code"] in ("trading_killed", "trading_barred"), answer.text
        return False

    await expect_stops_hold(
        room.db, room.floor, room.member.account_id, [Attempt("POST /orders", post)]
    )


def test_every_route_with_the_scope_of_orders_is_known_to_place_or_not_to_place() -> None:
    found = {
        (method, route.path)
        for router in ROUTERS
        for route in router.routes
        for method in getattr(route, "methods", None) or ()
        if method not in SAFE and _scope(route) == "orders:write"
    }
    assert found - NOT_PLACING == PLACING | LIVE, (
        "add an attempt for a new route that places orders"
    )


def _scope(route: BaseRoute) -> str | None:
    gate, *_ = getattr(getattr(route, "endpoint", None), "__arena__", (None,))
    return getattr(gate, "scope", None)


async def test_an_order_that_is_decided_on_as_the_switch_is_pulled_is_refused_or_cancelled(
    room: Room,
) -> None:
    """Twenty callers place resting orders while the owner pulls the switch: afterwards none is open."""
    me = room.member

    async def place(number: int) -> str:
        resting = buy("0.001", limit_price=30_000 + number)
        try:
            await room.floor.place(me.account_id, resting, by=me.actor)
        except TradingKilled:
            return "refused"
        return "taken"

    placing = [asyncio.create_task(place(number)) for number in range(20)]
    await asyncio.sleep(0)
    await stop(room.db, room.floor, me.account_id, "enough", actor=me.actor)
    more = [asyncio.create_task(place(number)) for number in range(20, 40)]
    await asyncio.gather(*placing)
    assert set(await asyncio.gather(*more)) == {"refused"}
    assert await room.floor.open_orders(me.account_id) == []


async def test_a_stop_that_comes_while_the_floor_reads_the_account_is_heeded(room: Room) -> None:
    me = room.member
    async with room.db.transaction() as blocker:
        # The limits have been read by then, the account's lists have not.
        await blocker.execute("lock table order_list in access exclusive mode")
        placing = asyncio.create_task(
            room.floor.place(me.account_id, buy("0.001", limit_price=30_000), by=me.actor)
        )
        await asyncio.sleep(0.1)
        async with room.db.transaction() as tx:
            await risk.kill(tx, me.account_id, "enough", actor=me.actor)
    with pytest.raises(TradingKilled):
        await placing


async def test_lists_and_replacements_that_wait_for_the_database_heed_a_stop_that_comes_meanwhile(
    room: Room,
) -> None:
    me = room.member
    above = buy("0.001", type="stop_loss", stop_price=60_000)
    below = buy("0.001", type="limit_maker", limit_price=40_000)
    asked = OrderListRequest("the list", "BTCUSDT", above, below)
    assert (await room.floor.account(me.account_id)).can_trade  # the floor knows it, and its limits
    async with room.db.transaction() as blocker:
        await blocker.execute("lock table trade_order, order_list in access exclusive mode")
        placing = asyncio.create_task(room.floor.place_list(me.account_id, asked, by=me.actor))
        replacing = asyncio.create_task(
            room.floor.replace(
                me.account_id, OrderRef("BTCUSDT", client_order_id="never was"),
                buy("0.001", limit_price=30_000), by=me.actor, stop_on_failure=False,
            )
        )  # fmt: skip
        await asyncio.sleep(0.1)
        async with room.db.transaction() as tx:
            await risk.kill(tx, me.account_id, "enough", actor=me.actor)
    listed, replaced = await asyncio.gather(placing, replacing, return_exceptions=True)
    assert isinstance(listed, TradingKilled), listed
    assert isinstance(replaced, TradingKilled) or isinstance(replaced.placed, TradingKilled)


async def test_a_list_counts_as_two_orders_before_a_limit(room: Room) -> None:
    me = room.member
    above = buy("0.001", type="stop_loss", stop_price=60_000)
    below = buy("0.001", type="limit_maker", limit_price=40_000)
    async with room.db.transaction() as tx:
        await risk.set_limits(tx, me.account_id, risk.Limits(open_orders_max=1))
    with pytest.raises(risk.TooManyOpenOrders):
        await room.floor.place_list(
            me.account_id, OrderListRequest("list", "BTCUSDT", above, below), by=me.actor
        )
    async with room.db.transaction() as tx:
        await risk.set_limits(tx, me.account_id, risk.Limits(open_orders_max=2))
    await room.floor.place_list(
        me.account_id, OrderListRequest("list", "BTCUSDT", above, below), by=me.actor
    )


async def test_what_reduces_passes_while_an_account_is_liquidated_and_nothing_else(
    room: Room,
) -> None:
    me = room.member
    await room.floor.place(me.account_id, buy("0.01"), by=me.actor)
    async with room.db.transaction() as tx:
        await tx.execute(
            """insert into liquidation (id, account_id, cause, level, "trigger", holdings, status, began_at)
               values ('liq_1', $1, 'drawdown', 0.5, 0.5, '{}', 'running', $2)""",
            me.account_id, tx.now,
        )  # fmt: skip
        tx.tell(f"{risk.NEWS}:{me.account_id}")
    with pytest.raises(risk.LiquidationUnderWay):
        await room.floor.place(me.account_id, buy("0.001"), by=me.actor)
    assert (await room.floor.place(me.account_id, sell("0.001"), by=me.actor)).status == "filled"


async def test_the_arena_sells_past_the_owners_stop_and_not_past_the_operators(room: Room) -> None:
    me = room.member
    await room.floor.place(me.account_id, buy("0.01"), by=me.actor)
    await stop(room.db, room.floor, me.account_id, "mine", actor=me.actor)
    with pytest.raises(TradingKilled):
        await room.floor.place(me.account_id, sell("0.001"), by=me.actor)
    sold = await room.floor.place(me.account_id, sell("0.001"), by=LIQUIDATOR)
    assert sold.status == "filled"
    await stop(room.db, room.floor, me.account_id, "theirs", actor=SYSTEM, operator=True)
    with pytest.raises(TradingBarred):
        await room.floor.place(me.account_id, sell("0.001"), by=LIQUIDATOR)
    with pytest.raises(TradingKilled):
        async with room.db.transaction() as tx:
            await risk.unbar(tx, me.account_id, "go on")
        await room.floor.place(me.account_id, replace(sell("0.001")), by=me.actor)


async def test_an_owner_cannot_lift_the_operators_stop(room: Room) -> None:
    me = room.member
    await stop(room.db, room.floor, me.account_id, "theirs", actor=SYSTEM, operator=True)
    with pytest.raises(risk.StopIsTheOperators):
        async with room.db.transaction() as tx:
            await risk.revive(tx, me.account_id, "mine", actor=me.actor)
    with pytest.raises(TradingBarred):
        await room.floor.place(me.account_id, buy("0.001"), by=me.actor)
