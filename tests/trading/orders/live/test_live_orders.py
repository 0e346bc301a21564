"""Live orders against an exchange over sockets: sent once, never twice, and found out about when it was silent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from arena.kit.clock import wall_now
from arena.kit.settings import Settings
from arena.trading.orders import live
from arena.trading.orders.live.model import (
    KeyMayWithdraw,
    LiveTradingOff,
    NoSuchVenueKey,
    NotAgreed,
    NoVenueKey,
    SymbolUnresolved,
)
from arena.trading.venues import DuplicateOrder, OrderEnded, VenueAway, VenueSilent
from tests.conftest import Server
from tests.trading.floor.stage import D, buy, sell
from tests.trading.orders.live.stage import CASH, OPERATOR, LiveStage, open_live
from tests.trading.venues.chaos.proxy import Fate

pytestmark = pytest.mark.venues
ORDER = "/api/v3/order"


@pytest.fixture
async def stage(server: Server, settings: Settings) -> AsyncIterator[LiveStage]:
    async with open_live(server, settings, recv_window_ms=1_000) as opened:
        await opened.agree()
        await opened.add_key()
        yield opened
        await opened.desk.close()


@asynccontextmanager
async def following(desk: live.LiveDesk) -> AsyncIterator[None]:
    task = asyncio.create_task(desk.run())
    await asyncio.sleep(0.5)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_nothing_goes_out_before_the_operator_and_the_collective_agree(
    server: Server, settings: Settings
) -> None:
    async with open_live(server, settings) as stage:
        with pytest.raises(NoVenueKey):
            await stage.desk.place(stage.account_id, buy("0.1"), actor=stage.actor)
        await stage.agree()
        await stage.add_key()
        async with stage.db.transaction() as tx:
            await live.turn(tx, False, "stop", actor=OPERATOR)
        with pytest.raises(LiveTradingOff):
            await stage.desk.place(stage.account_id, buy("0.1"), actor=stage.actor)
        async with stage.db.transaction() as tx:
            await live.turn(tx, True, "go on", actor=OPERATOR)
            await live.consent(tx, stage.collective_id, False, actor=stage.actor)
        with pytest.raises(NotAgreed):
            await stage.desk.place(stage.account_id, buy("0.1"), actor=stage.actor)
        stage.settings.live_trading = False
        with pytest.raises(LiveTradingOff):
            await stage.desk.dry_run(stage.account_id, buy("0.1"), actor=stage.actor)
        assert await stage.there() == {"USDT": CASH}
        await stage.desk.close()


async def test_the_first_key_opens_the_account_with_what_it_holds_and_its_secret_is_nowhere_to_be_read(
    stage: LiveStage,
) -> None:
    held = await stage.held()
    assert (held.account.venue, held.cash) == ("binance", CASH)
    async with stage.db.transaction() as tx:
        kept = await tx.fetch("select * from venue_key")
        audited = await tx.fetch("select detail::text from audit_event")
    everything = str(kept) + str(audited) + repr(stage.secret)
    assert stage.secret.secret not in everything
    assert stage.secret.secret.encode() not in bytes(kept[0]["sealed"])


async def test_a_filled_order_moves_our_books_as_it_moves_the_exchange(stage: LiveStage) -> None:
    order = await stage.desk.place(stage.account_id, buy("0.5"), actor=stage.actor)
    assert (order.status, order.filled_quantity) == ("filled", D("0.5"))
    held = await stage.held()
    assert dict(held.balances) == await stage.there()
    assert held.quantity("BTCUSDT") == held.balances["BTC"]
    assert await stage.desk.compare(stage.account_id) == "agrees"
    out = await stage.desk.place(
        stage.account_id, sell(held.balances["BTC"].quantize(D("0.00001"), "ROUND_DOWN")),
        actor=stage.actor,
    )  # fmt: skip
    assert out.status == "filled"
    assert {a: q for a, q in (await stage.held()).balances.items() if q} == await stage.there()


async def test_the_same_intent_is_sent_once(stage: LiveStage) -> None:
    asked = buy("0.1", limit_price=40_000)
    first = await stage.desk.place(stage.account_id, asked, actor=stage.actor)
    again = await stage.restart().place(stage.account_id, asked, actor=stage.actor)
    assert (again.id, again.venue_order_id) == (first.id, first.venue_order_id)
    with pytest.raises(DuplicateOrder):
        await stage.desk.place(
            stage.account_id, replace(asked, limit_price=D(41_000)), actor=stage.actor
        )
    assert len(await stage.exchange.floor.open_orders(stage.member.account_id)) == 1


async def test_a_lost_answer_leaves_an_order_unknown_and_its_symbol_closed_until_it_is_found(
    stage: LiveStage,
) -> None:
    await stage.desk.compare(stage.account_id)  # knows clock and rules
    await stage.desk.place(stage.account_id, buy("0.01"), actor=stage.actor)
    # The answer is lost, and so is the answer to the question that follows at once.
    stage.line.decide = lambda _method, path: Fate(
        "answer_lost" if path.startswith(ORDER) else "none"
    )
    lost = await stage.desk.place(stage.account_id, buy("0.2"), actor=stage.actor)
    assert lost.status == "unknown"
    with pytest.raises(SymbolUnresolved):
        await stage.desk.place(stage.account_id, buy("0.1"), actor=stage.actor)
    with pytest.raises(SymbolUnresolved):
        await stage.desk.dry_run(stage.account_id, buy("0.1"), actor=stage.actor)
    stage.line.decide = lambda _method, _path: Fate()
    await stage.restart().resolve()
    found = await stage.order(lost.id)
    assert (found.status, found.filled_quantity) == ("filled", D("0.2"))
    assert {a: q for a, q in (await stage.held()).balances.items() if q} == await stage.there()
    async with stage.db.transaction() as tx:
        facts = await tx.fetch("select body from fact where kind = 'OrderFateUnknown'")
    assert [fact["body"]["order_id"] for fact in facts] == [lost.id]


async def test_an_answer_that_is_lost_is_asked_for_at_once(stage: LiveStage) -> None:
    await stage.desk.place(stage.account_id, buy("0.01"), actor=stage.actor)
    stage.line.once("answer_lost", "POST", ORDER)
    order = await stage.desk.place(stage.account_id, buy("0.2"), actor=stage.actor)
    assert (order.status, order.filled_quantity) == ("filled", D("0.2"))
    orders = await stage.exchange.floor.orders(stage.member.account_id, "BTCUSDT")
    assert len(orders) == 2


async def test_an_order_that_never_arrived_is_given_up_only_when_it_can_come_to_nothing_any_more(
    stage: LiveStage,
) -> None:
    await stage.desk.place(stage.account_id, buy("0.01"), actor=stage.actor)
    stage.line.once("request_lost", "POST", ORDER)
    lost = await stage.desk.place(stage.account_id, buy("0.2"), actor=stage.actor)
    await stage.desk.resolve()
    assert (await stage.order(lost.id)).status == "unknown"
    async with stage.db.transaction() as tx:
        await tx.execute("update live_order set settles_at = $1", wall_now() - timedelta(seconds=1))
    await stage.desk.resolve()
    ended = await stage.order(lost.id)
    assert (ended.status, ended.filled_quantity) == ("rejected", 0)
    placed = await stage.desk.place(stage.account_id, buy("0.2"), actor=stage.actor)
    assert placed.status == "filled"


async def test_an_order_a_crash_left_on_its_way_is_found_after_the_restart(
    stage: LiveStage,
) -> None:
    asked = buy("0.1", limit_price=40_000)
    order = await stage.desk.place(stage.account_id, asked, actor=stage.actor)
    async with stage.db.transaction() as tx:  # as if we had died before the answer was booked
        await tx.execute("update trade_order set status = 'pending'")
        await tx.execute(
            "update live_order set venue_order_id = null, written_at = $1",
            wall_now() - timedelta(minutes=5),
        )
    await stage.restart().resolve()
    found = await stage.order(order.id)
    assert (found.status, found.venue_order_id) == ("accepted", order.venue_order_id)


async def test_a_refused_order_is_rejected_and_an_absent_exchange_is_told(stage: LiveStage) -> None:
    await stage.desk.place(stage.account_id, buy("0.01"), actor=stage.actor)
    async with stage.exchange.arena.db.transaction() as tx:
        await tx.execute("update balance set quantity = 1 where asset = 'USDT'")
    stage.exchange.floor.forget(stage.member.account_id)
    asked = buy("0.1")
    with pytest.raises(Exception, match="insufficient balance"):
        await stage.desk.place(stage.account_id, asked, actor=stage.actor)
    async with stage.db.transaction() as tx:
        status = await tx.fetchval(
            "select status from trade_order where client_order_id = $1", asked.client_order_id
        )
    assert status == "rejected"


async def test_cancelling_reaches_the_exchange_even_while_live_trading_is_off(
    stage: LiveStage,
) -> None:
    order = await stage.desk.place(
        stage.account_id, buy("0.1", limit_price=40_000), actor=stage.actor
    )
    async with stage.db.transaction() as tx:
        await live.turn(tx, False, "stop", actor=OPERATOR)
    ended = await stage.desk.cancel(order.id, actor=stage.actor)
    assert ended.status == "canceled"
    assert not (await stage.order_there(order)).open
    with pytest.raises(OrderEnded):
        await stage.desk.cancel(order.id, actor=stage.actor)


async def test_a_dry_run_shows_what_would_be_sent_and_sends_nothing(stage: LiveStage) -> None:
    shown = await stage.desk.dry_run(
        stage.account_id, buy("0.1", limit_price=40_000), actor=stage.actor
    )
    assert (shown.method, shown.url) == ("POST", stage.line.url + ORDER)
    assert shown.parameters["symbol"] == "BTCUSDT"
    assert shown.parameters["quantity"] == "0.1"
    assert await stage.exchange.floor.open_orders(stage.member.account_id) == []
    async with stage.db.transaction() as tx:
        assert not await tx.fetchval("select count(*) from trade_order")


async def test_risk_binds_live_orders_as_all_others(stage: LiveStage) -> None:
    with pytest.raises(Exception, match="are free"):
        await stage.desk.place(stage.account_id, buy(100), actor=stage.actor)
    async with stage.db.transaction() as tx:
        await tx.execute(
            "insert into risk_limit (account_id, killed_at) values ($1, now())", stage.account_id
        )
    with pytest.raises(Exception, match="stopped"):
        await stage.desk.place(stage.account_id, buy("0.1"), actor=stage.actor)
    assert await stage.there() == {"USDT": CASH}


async def test_what_happens_at_the_exchange_is_booked_as_it_happens(stage: LiveStage) -> None:
    async with following(stage.desk):
        order = await stage.desk.place(
            stage.account_id, buy("0.5", limit_price=40_000), actor=stage.actor
        )
        stage.exchange.hand.trade("BTCUSDT", "39999.99", "0.2", "sell")
        await _until(stage, order, "partially_filled")
        stage.line.cut_sockets()
        stage.exchange.hand.trade("BTCUSDT", "39999.99", "0.3", "sell")
        await _until(stage, order, "filled")
    held = await stage.held()
    assert {a: q for a, q in held.balances.items() if q} == await stage.there()


async def test_stopping_an_account_cancels_what_is_open_at_the_exchange(stage: LiveStage) -> None:
    order = await stage.desk.place(
        stage.account_id, buy("0.1", limit_price=40_000), actor=stage.actor
    )
    async with following(stage.desk):
        async with stage.db.transaction() as tx:
            await tx.execute(
                "insert into risk_limit (account_id, killed_at) values ($1, now())",
                stage.account_id,
            )
        stage.desk.heed(stage.account_id)
        await _until(stage, order, "canceled")
    assert not (await stage.order_there(order)).open


async def test_a_key_that_may_withdraw_is_refused(stage: LiveStage) -> None:
    stage.line.misprint = (b'"enableWithdrawals":false', b'"enableWithdrawals":true ')
    with pytest.raises(KeyMayWithdraw):
        await stage.add_key()
    async with stage.db.transaction() as tx:
        assert len(await live.keys(tx, stage.collective_id)) == 1


async def test_a_revoked_key_sends_nothing_more_and_its_secret_is_gone(stage: LiveStage) -> None:
    async with stage.db.transaction() as tx:
        (key,) = await live.keys(tx, stage.collective_id)
        with pytest.raises(NoSuchVenueKey):
            await live.revoke_key(tx, "col_other", key.id, "not mine", actor=stage.actor)
        await live.revoke_key(tx, stage.collective_id, key.id, "leaked", actor=stage.actor)
        assert await tx.fetchval("select sealed from venue_key") == b""
    stage.desk.forget(stage.account_id)
    with pytest.raises(NoVenueKey):
        await stage.desk.place(stage.account_id, buy("0.1"), actor=stage.actor)


async def test_after_a_run_of_failures_the_exchange_is_left_alone(stage: LiveStage) -> None:
    await stage.desk.place(stage.account_id, buy("0.01"), actor=stage.actor)
    stage.line.down = True
    venue = await stage.desk.router.venue(stage.account_id)
    for _ in range(5):
        with pytest.raises((VenueSilent, VenueAway)):
            await venue.get_account_balance()
    (health,) = stage.desk.health()
    assert (health.name, health.state) == ("binance", "resting")
    with pytest.raises(VenueAway, match="left alone"):
        await stage.desk.place(stage.account_id, buy("0.01"), actor=stage.actor)
    stage.line.down = False
    await asyncio.sleep(2.1)
    await venue.get_account_balance()
    assert stage.desk.health()[0].state == "well"


async def _until(stage: LiveStage, order: live.LiveOrder, status: str) -> None:
    async with asyncio.timeout(10):
        while (await stage.order(order.id)).status != status:
            await asyncio.sleep(0.05)
