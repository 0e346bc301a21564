"""What has passed its trigger is sold in slices, each told of; a crash in between sells nothing twice."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from arena import reactions
from arena.kit.db import Database
from arena.kit.errors import Unavailable
from arena.kit.mail import choose_mail
from arena.kit.outbox import react_once
from arena.kit.settings import Settings
from arena.people.access import SYSTEM, Post
from arena.trading import orders, risk
from arena.trading.orders import Floor, stop
from arena.trading.orders.liquidation import Liquidation, Step, liquidations, steps
from arena.trading.portfolio import portfolio
from arena.trading.risk import LIQUIDATOR, Limits
from arena.trading.venues import BarVenue, OrderRequest, Rules, VenueOrder
from tests.trading.floor.stage import D, Hand, Member, buy, enrol, open_floor, sell
from tests.trading.orders.test_routes import floor_hears


@dataclass(slots=True)
class Room:
    """One member on a floor; `fall` moves the whole market."""

    db: Database
    floor: Floor
    hand: Hand
    member: Member
    settings: Settings

    async def guard(self) -> int:
        return await orders.guard(self.db, self.floor, self.settings)

    def fall(self, price: object) -> None:
        self.hand.quiet(price=price)

    async def held(self) -> Any:
        async with self.db.transaction(readonly=True) as tx:
            return (await portfolio(tx, self.member.account_id)).quantity("BTCUSDT")

    async def told(self) -> tuple[list[Liquidation], list[Step]]:
        async with self.db.transaction(readonly=True) as tx:
            found = await liquidations(tx, [self.member.account_id])
            return found, [step for one in found for step in await steps(tx, one.id)]

    async def facts(self) -> list[str]:
        async with self.db.transaction(readonly=True) as tx:
            rows = await tx.fetch(
                "select kind from fact where kind like 'Liquidation%' order by id"
            )
        return [row["kind"] for row in rows]

    async def limit(self, limits: Limits) -> None:
        async with self.db.transaction() as tx:
            await risk.set_limits(tx, self.member.account_id, limits)

    async def buy(self, quantity: object) -> None:
        done = await self.floor.place(self.member.account_id, buy(quantity), by=self.member.actor)
        assert done.status == "filled"


@pytest.fixture
async def room(db: Database, settings: Settings) -> AsyncIterator[Room]:
    """An account of 100,000 that holds one coin bought at 50,000."""
    async with open_floor(db, settings) as (floor, hand):
        floor_hears(db, floor)
        member = await enrol(db, floor)
        hand.quiet()
        made = Room(db, floor, hand, member, settings)
        await made.buy(1)
        yield made


async def test_above_its_trigger_nothing_happens_to_an_account(room: Room) -> None:
    await room.limit(Limits(liquidation_drawdown=D("0.2")))
    room.fall(31_000)
    assert await room.guard() == 0
    assert await room.told() == ([], [])
    assert (await room.floor.account(room.member.account_id)).can_trade


async def test_a_drawdown_is_sold_out_slice_by_slice_until_the_account_is_flat(room: Room) -> None:
    await room.limit(Limits(liquidation_drawdown=D("0.2")))
    resting = buy("0.1", limit_price=20_000)
    await room.floor.place(room.member.account_id, resting, by=room.member.actor)
    room.fall(29_000)
    sold = [await room.guard() for _ in range(6)]
    # The coin less its fee, in quarters of it; then the end is written down, and then there is nothing to do.
    assert sold == [1, 1, 1, 1, 0, 0]
    assert await room.held() < D("0.00001")
    (one,), taken = await room.told()
    assert (one.cause, one.status, one.trigger) == ("drawdown", "done", D("0.2"))
    assert one.level > D("0.2")
    assert [step.status for step in taken] == ["sold"] * 4
    assert sum(step.sold or 0 for step in taken) == D("0.99900")
    assert [step.quantity for step in taken] == [D("0.24975")] * 4
    assert await room.floor.open_orders(room.member.account_id) == []
    assert await room.facts() == [
        "LiquidationBegan", *["LiquidationStep"] * 4, "LiquidationEnded",
    ]  # fmt: skip


async def test_after_it_nothing_may_be_bought_until_the_drawdown_is_forgiven(room: Room) -> None:
    await room.limit(Limits(liquidation_drawdown=D("0.2")))
    room.fall(29_000)
    await room.guard()
    with pytest.raises(risk.LiquidationUnderWay):
        await room.buy("0.001")
    for _ in range(5):
        await room.guard()
    with pytest.raises(risk.DrawdownReached):
        await room.buy("0.001")
    async with room.db.transaction() as tx:
        await tx.execute(
            "insert into equity_mark (account_id, at, equity, cash, exposure) values ($1, $2, 78900, 78900, 0)",
            room.member.account_id, tx.now,
        )  # fmt: skip
        await risk.forgive(tx, room.member.account_id, "the market was closed")
    await room.buy("0.001")
    assert await room.guard() == 0
    assert len((await room.told())[0]) == 1


async def test_too_much_exposure_is_sold_down_to_the_limit_and_trading_goes_on(room: Room) -> None:
    room.settings.risk_slice_position_share = D(1)
    await room.limit(Limits(exposure_max=D("0.6"), liquidation_exposure=D("0.65")))
    room.fall(100_000)  # a coin of 100,000 beside 50,000 of cash
    # One slice, and another for what the fee of the first has taken off the equity.
    assert [await room.guard() for _ in range(4)] == [1, 1, 0, 0]
    (one,), _ = await room.told()
    assert (one.cause, one.status) == ("exposure", "done")
    async with room.db.transaction(readonly=True) as tx:
        held = await portfolio(tx, room.member.account_id)
    exposed = held.quantity("BTCUSDT") * 100_000
    assert D("0.59") < exposed / (exposed + held.cash) <= D("0.6")
    await room.floor.place(room.member.account_id, sell("0.001"), by=room.member.actor)
    await room.buy("0.0001")


async def test_a_slice_sells_no_more_than_its_share_of_the_visible_bids(room: Room) -> None:
    room.settings.risk_slice_position_share = D(1)
    await room.limit(Limits(liquidation_drawdown=D("0.2")))
    room.hand.book("BTCUSDT", [(29_000, "0.5"), (28_990, "0.3")], [(29_010, 1)])
    room.hand.trade("BTCUSDT", 29_000, "0.01")
    assert await room.guard() == 1
    _, (step,) = await room.told()
    assert step.quantity == D("0.2")


async def test_where_nobody_bids_it_waits_and_goes_on_when_somebody_does(room: Room) -> None:
    await room.limit(Limits(liquidation_drawdown=D("0.2")))
    room.hand.book("BTCUSDT", [], [(29_010, 1)])
    room.hand.trade("BTCUSDT", 29_000, "0.01")
    assert [await room.guard() for _ in range(3)] == [0, 0, 0]
    (one,), taken = await room.told()
    assert (one.status, taken) == ("running", [])
    room.fall(29_000)
    assert await room.guard() == 1


async def test_the_owners_stop_is_no_way_out_and_the_operators_holds_it(room: Room) -> None:
    await room.limit(Limits(liquidation_drawdown=D("0.2")))
    room.fall(29_000)
    await stop(room.db, room.floor, room.member.account_id, "mine", actor=room.member.actor)
    assert await room.guard() == 1
    await stop(room.db, room.floor, room.member.account_id, "wait", actor=SYSTEM, operator=True)
    assert [await room.guard() for _ in range(2)] == [0, 0]
    async with room.db.transaction() as tx:
        await risk.unbar(tx, room.member.account_id, "go on")
    assert [await room.guard() for _ in range(4)] == [1, 1, 1, 0]


async def test_an_owners_own_orders_do_not_keep_the_position_from_being_sold(room: Room) -> None:
    await room.limit(Limits(liquidation_drawdown=D("0.2")))
    room.fall(29_000)
    assert await room.guard() == 1
    hoard = sell("0.7", limit_price=90_000)
    await room.floor.place(room.member.account_id, hoard, by=room.member.actor)
    assert [await room.guard() for _ in range(4)] == [1, 1, 1, 0]
    assert await room.held() < D("0.00001")


class Crash(Exception):
    """The process is gone."""


class Crashing:
    """The floor, of which one act kills the process before or after it was done."""

    def __init__(self, floor: Floor, *, after: bool) -> None:
        self._floor = floor
        self._after = after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._floor, name)

    async def place(self, account_id: str, request: OrderRequest, **how: Any) -> VenueOrder:
        if self._after:
            await self._floor.place(account_id, request, **how)
        raise Crash


@pytest.mark.parametrize("after", [False, True])
async def test_a_crash_between_plan_and_sale_sells_nothing_twice(room: Room, after: bool) -> None:
    await room.limit(Limits(liquidation_drawdown=D("0.2")))
    room.fall(29_000)
    with pytest.raises(Crash):
        await orders.guard(room.db, Crashing(room.floor, after=after), room.settings)
    _, (step,) = await room.told()
    assert step.status == "planned"
    assert await room.held() == (D("0.74925") if after else D("0.99900"))
    assert await room.guard() == 1
    _, (step,) = await room.told()
    assert (step.status, step.sold) == ("sold", D("0.24975"))
    assert await room.held() == D("0.74925")
    assert await room.facts() == ["LiquidationBegan", "LiquidationStep"]
    async with room.db.transaction(readonly=True) as tx:
        assert await tx.fetchval(
            "select count(*) from trade_order where client_order_id = $1", step.client_order_id
        ) == 1  # fmt: skip


async def test_two_guards_at_once_sell_as_much_as_one(room: Room) -> None:
    await room.limit(Limits(liquidation_drawdown=D("0.2")))
    room.fall(29_000)
    await asyncio.gather(room.guard(), room.guard(), return_exceptions=True)
    while await room.guard():
        pass
    await room.guard()
    found, taken = await room.told()
    assert len(found) == 1
    assert sum(step.sold or 0 for step in taken) == D("0.99900")
    assert len({step.number for step in taken}) == len(taken)


class Away:
    """The floor, which is in another process right now."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    def __getattr__(self, name: str) -> Any:
        return getattr(self._floor, name)

    async def place(self, account_id: str, request: OrderRequest, **how: Any) -> VenueOrder:
        raise Unavailable


async def test_while_the_exchange_is_away_a_step_stays_planned(room: Room) -> None:
    await room.limit(Limits(liquidation_drawdown=D("0.2")))
    room.fall(29_000)
    for _ in range(2):
        with pytest.raises(Unavailable):
            await orders.guard(room.db, Away(room.floor), room.settings)
    _, (step,) = await room.told()
    assert step.status == "planned"
    assert await room.guard() == 1


async def test_a_stopped_account_that_still_has_orders_open_loses_them(room: Room) -> None:
    """Whoever pulled the switch went away before they were cancelled, and the news was lost."""
    resting = buy("0.1", limit_price=20_000)
    await room.floor.place(room.member.account_id, resting, by=room.member.actor)
    async with room.db.transaction() as tx:
        await tx.execute(
            "insert into risk_bound (account_id, barred_at) values ($1, now())",
            room.member.account_id,
        )
    await room.guard()
    assert await room.floor.open_orders(room.member.account_id) == []


async def test_each_step_is_a_letter_to_the_person_whose_collective_it_is(room: Room) -> None:
    post = Post(choose_mail(room.settings.home, None, None), room.settings)
    room.db.routing = reactions.table(BarVenue(Rules()), post)
    await room.limit(Limits(liquidation_drawdown=D("0.2")))
    room.fall(29_000)
    for _ in range(5):
        await room.guard()
    while await react_once(room.db, impatient=True, outward=True):
        pass
    letters = [path.read_text() for path in sorted(room.settings.home.rglob("*.eml"))]
    assert len(letters) == 6
    assert all("northwind@example.org" in letter for letter in letters)
    for words, count in (
        ("Subject: Your account is being liquidated", 1),
        ("Subject: A slice of your position", 4),
        ("Subject: The liquidation of your account has ended", 1),
        ("0.24975 BTCUSDT were sold for", 4),
    ):  # fmt: skip
        assert sum(words in letter for letter in letters) == count, words


def test_nobody_who_calls_is_the_liquidator() -> None:
    assert LIQUIDATOR.kind == "system"
    assert not LIQUIDATOR.scopes
