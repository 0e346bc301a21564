"""Where an exchange and our books differ: found, told once, kept up to date, ended, and never called a return."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from arena.kit.settings import Settings
from arena.trading.orders import live
from arena.trading.orders.live.model import DifferenceNotBookable, NoSuchDifference
from arena.trading.orders.live.reconcile import compare
from arena.trading.venues import Balance
from tests.conftest import Server
from tests.trading.floor.stage import D, buy
from tests.trading.orders.live.stage import CASH, OPERATOR, LiveStage, open_live

venues = pytest.mark.venues


@pytest.fixture
async def stage(server: Server, settings: Settings) -> AsyncIterator[LiveStage]:
    async with open_live(server, settings) as opened:
        await opened.agree()
        await opened.add_key()
        yield opened
        await opened.desk.close()


def test_what_differs_by_less_than_the_last_decimal_does_not_differ() -> None:
    ours = {"USDT": D("10.000000004"), "BTC": D(1), "ETH": D(0)}
    theirs = {"USDT": Balance(D(9), D(1)), "BTC": Balance(D("0.99999999")), "BNB": Balance(D(2))}
    assert compare(ours, theirs) == {"BTC": (D(1), D("0.99999999")), "BNB": (D(0), D(2))}


def test_equal_books_agree() -> None:
    assert compare({"USDT": D("10.50")}, {"USDT": Balance(D("10.5"))}) == {}


async def give(stage: LiveStage, asset: str, quantity: object) -> None:
    """Puts money into the account over there, behind our back."""
    account_id = stage.member.account_id
    async with stage.exchange.arena.db.transaction() as tx:
        await tx.execute(
            """insert into balance (account_id, asset, quantity) values ($1, $2, greatest($3::numeric, 0))
               on conflict (account_id, asset) do update set quantity = balance.quantity + $3""",
            account_id, asset, D(quantity),
        )  # fmt: skip
    stage.exchange.floor.forget(account_id)


@venues
async def test_a_deposit_is_a_difference_until_it_is_booked_and_then_a_flow(
    stage: LiveStage,
) -> None:
    assert await stage.desk.compare(stage.account_id) == "agrees"
    await give(stage, "USDT", 500)
    assert await stage.desk.compare(stage.account_id) == "differs"
    (found,) = await stage.differences()
    assert (found.kind, found.subject) == ("balance", "USDT")
    assert (D(found.ours), D(found.theirs)) == (CASH, CASH + 500)
    await give(stage, "USDT", 1)
    await stage.desk.compare(stage.account_id)
    (moved,) = await stage.differences()
    assert (moved.id, D(moved.theirs)) == (found.id, CASH + 501)
    async with stage.db.transaction() as tx:
        flow = await live.book_difference(tx, found.id, "a deposit", actor=OPERATOR)
        facts = await tx.fetch("select body from fact where kind = 'VenueDiffered'")
        with pytest.raises(NoSuchDifference):
            await live.book_difference(tx, found.id, "again", actor=OPERATOR)
    assert (flow.asset, flow.quantity) == ("USDT", 501)
    assert [fact["body"]["difference_id"] for fact in facts] == [found.id]
    assert (await stage.held()).cash == CASH + 501
    assert await stage.desk.compare(stage.account_id) == "agrees"
    assert await stage.differences() == []


@venues
async def test_a_difference_that_is_gone_ends_by_itself(stage: LiveStage) -> None:
    await give(stage, "ETH", 2)
    await stage.desk.compare(stage.account_id)
    assert [one.subject for one in await stage.differences()] == ["ETH"]
    await give(stage, "ETH", -2)
    assert await stage.desk.compare(stage.account_id) == "agrees"
    async with stage.db.transaction() as tx:
        (ended,) = await live.differences(tx, before=None, limit=10)
    assert ended.ended_by == "system"


@venues
async def test_orders_and_fills_of_somebody_else_at_the_same_account_are_noted(
    stage: LiveStage,
) -> None:
    floor, member = stage.exchange.floor, stage.member
    stage.exchange.hand.ms += 60_000  # trades of before the account was opened are nobody's concern
    stage.exchange.hand.quiet()
    await stage.desk.place(stage.account_id, buy("0.01"), actor=stage.actor)
    strange = await floor.place(member.account_id, buy("0.1", limit_price=40_000), by=member.actor)
    await floor.place(member.account_id, buy("0.2"), by=member.actor)
    assert await stage.desk.compare(stage.account_id) == "differs"
    found = {(one.kind, one.subject) for one in await stage.differences()}
    assert ("order_not_ours", str(strange.number)) in found
    assert {kind for kind, _ in found} == {"order_not_ours", "fill_not_ours", "balance"}
    order = next(one for one in await stage.differences() if one.kind == "order_not_ours")
    async with stage.db.transaction() as tx:
        with pytest.raises(DifferenceNotBookable):
            await live.book_difference(tx, order.id, "no", actor=OPERATOR)
    async with stage.db.transaction() as tx:
        await live.close_difference(tx, order.id, "placed by hand", actor=OPERATOR)
    assert order.id not in {one.id for one in await stage.differences()}


@venues
async def test_an_order_the_exchange_has_lost_is_ended_and_noted(stage: LiveStage) -> None:
    order = await stage.desk.place(
        stage.account_id, buy("0.1", limit_price=40_000), actor=stage.actor
    )
    floor, account_id = stage.exchange.floor, stage.member.account_id
    await floor.cancel_open(account_id, None, by=stage.member.actor)
    async with stage.exchange.arena.db.transaction() as tx:
        await tx.execute("delete from trade_order where account_id = $1", account_id)
    floor.forget(account_id)
    async with stage.db.transaction() as tx:
        await tx.execute("update live_order set settles_at = now() - interval '1 second'")
    await stage.desk.compare(stage.account_id)
    assert (await stage.order(order.id)).status == "canceled"
    assert [one.kind for one in await stage.differences()] == ["order_missing"]


@venues
async def test_a_fill_nobody_told_of_is_found_by_comparing(stage: LiveStage) -> None:
    order = await stage.desk.place(
        stage.account_id, buy("0.5", limit_price=40_000), actor=stage.actor
    )
    stage.exchange.hand.trade("BTCUSDT", "39999.99", "0.2", "sell")
    await stage.desk.compare(stage.account_id)
    seen = await stage.order(order.id)
    assert (seen.status, seen.filled_quantity) == ("partially_filled", Decimal("0.2"))
    held = {asset: q for asset, q in (await stage.held()).balances.items() if q}
    assert held == await stage.there()


@venues
async def test_an_exchange_that_cannot_be_asked_is_no_difference(stage: LiveStage) -> None:
    stage.line.down = True
    assert (await stage.desk.compare(stage.account_id)).startswith("could not be compared")
    assert await stage.differences() == []
