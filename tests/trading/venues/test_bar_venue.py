"""The paper venue in the database: what rests there, what it remembers, what leaves."""

from dataclasses import replace

import pytest

from arena.kit.db import Database
from arena.trading import orders
from arena.trading.orders import NewOrder
from arena.trading.venues import BarVenue, Rules, RulesChanged, keep_rules, starved, withdraw
from tests.trading.tape import BTC, ETH, FREE, D, at, bar, open_purse, play, set_up, step


async def begin(db: Database, rules: Rules = FREE) -> BarVenue:
    await set_up(db)
    await open_purse(db)
    venue = BarVenue(rules)
    await play(db, venue, step(bar(0, "100 100 100 100"), bar(0, "10 10 10 10", symbol=ETH.symbol)))
    return venue


async def place(db: Database, venue: BarVenue, name: str, **how: object) -> str:
    how = {"symbol": BTC.symbol, "side": "buy", "type": "market", "quantity": D(1), **how}
    async with db.transaction() as tx:
        return (await orders.place(tx, NewOrder("acc_1", name, **how), venue=venue)).id  # type: ignore[arg-type]  # as each test says


async def status(db: Database, order_id: str) -> tuple[str, str | None]:
    async with db.transaction() as tx:
        order = await orders.order(tx, order_id)
    assert order is not None
    return order.status, order.reason


async def test_a_ticket_takes_effect_after_the_stated_latency(db: Database) -> None:
    venue = await begin(db, replace(FREE, latency_ms=75_000))
    await place(db, venue, "one")
    (fill,) = await play(db, venue, step(bar(1, "100 110 96 105")))
    assert (fill.price, fill.at) == (99, at(1, 75_000))


async def test_a_limit_order_is_a_taker_in_its_first_bar_only(db: Database) -> None:
    venue = await begin(db)
    await place(db, venue, "one", type="limit", limit_price=D(100), quantity=D(300))
    first = await play(db, venue, step(bar(1, "99 99 99 99", 1000)))
    second = await play(db, venue, step(bar(2, "98 98 98 98", 1000)))
    assert [(f.price, f.quantity, f.liquidity) for f in first + second] == [
        (99, 100, "taker"),
        (100, 100, "maker"),
    ]


async def test_starved_bars_are_remembered_by_order(db: Database) -> None:
    venue = await begin(db)
    first = await place(db, venue, "one", quantity=D(100))
    second = await place(db, venue, "two", quantity=D(1))
    await play(db, venue, step(bar(1, "100 100 100 100", 500)))
    await play(db, venue, step(bar(2, "100 100 100 100", 500)))
    async with db.transaction() as tx:
        assert await starved(tx, "acc_1") == {second: (at(1), at(2))}
    await play(db, venue, step(bar(3, "100 100 100 100", 500)))
    assert await status(db, first) == ("filled", None)
    assert await status(db, second) == ("filled", None)


async def test_a_group_is_cancelled_by_the_fill_of_one_and_the_rest_goes_on_as_a_market_order(
    db: Database,
) -> None:
    venue = await begin(db)
    await place(db, venue, "enter", quantity=D(20))
    await play(db, venue, step(bar(1, "100 100 100 100")))
    sell = {"side": "sell", "quantity": D(20), "group_id": "g"}
    stop = await place(db, venue, "stop", type="stop_loss", stop_price=D(95), **sell)
    profit = await place(db, venue, "profit", type="take_profit", stop_price=D(120), **sell)
    (first,) = await play(db, venue, step(bar(2, "100 100 90 90", 120)))
    assert (first.order_id, first.price, first.quantity) == (stop, 95, 12)
    assert await status(db, profit) == ("canceled", "another order of its group was filled")
    assert (await status(db, stop))[0] == "partially_filled"
    (rest,) = await play(db, venue, step(bar(3, "130 130 130 130", 120)))
    assert (rest.order_id, rest.price, rest.quantity, rest.number) == (stop, 130, 8, 2)
    assert await status(db, stop) == ("filled", None)


async def test_a_buy_whose_budget_is_used_up_expires_with_what_it_got(db: Database) -> None:
    venue = await begin(db)
    order_id = await place(db, venue, "one", quantity=D(10), budget=D(1000))
    (fill,) = await play(db, venue, step(bar(1, "125 125 125 125")))
    assert fill.quantity == 8
    assert (await status(db, order_id))[0] == "partially_filled"
    assert await play(db, venue, step(bar(2, "125 125 125 125"))) == []
    assert await status(db, order_id) == ("expired", "its budget was used up")


async def test_an_order_past_its_time_leaves_even_with_an_empty_bar(db: Database) -> None:
    venue = await begin(db)
    order_id = await place(
        db, venue, "one", type="limit", limit_price=D(90), expires_at=at(1, 1_000)
    )
    await play(db, venue, step(bar(1, "80 80 80 80", 0)))
    assert await status(db, order_id) == ("expired", "its time ran out")


async def test_each_instrument_meets_its_own_bar(db: Database) -> None:
    venue = await begin(db)
    btc = await place(db, venue, "one")
    eth = await place(db, venue, "two", symbol=ETH.symbol)
    fills = await play(db, venue, step(bar(1, "12 12 12 12", symbol=ETH.symbol)))
    assert [(f.order_id, f.price, f.fee_asset) for f in fills] == [(eth, 12, "ETH")]
    fills = await play(
        db, venue, step(bar(2, "101 101 101 101"), bar(2, "13 13 13 13", symbol=ETH.symbol))
    )
    assert [(f.order_id, f.price) for f in fills] == [(btc, 101)]


async def test_a_withdrawn_ticket_is_withdrawn_once(db: Database) -> None:
    venue = await begin(db)
    order_id = await place(db, venue, "one")
    async with db.transaction() as tx:
        assert await venue.cancel(tx, order_id) is True
        assert await venue.cancel(tx, order_id) is False
        assert await withdraw(tx, [order_id, "ord_unknown"]) == []


async def test_the_rules_are_stated_as_plain_json() -> None:
    assert Rules().document() == {
        "fee_maker_bps": 10, "fee_taker_bps": 10, "half_spread_bps": 1, "latency_ms": 250,
        "impact_y": "0.8", "participation_bps": 1000, "reserve_bps": 50, "rebalance_bps": 50,
    }  # fmt: skip


async def test_an_arena_keeps_the_rules_its_records_were_made_under(db: Database) -> None:
    async with db.transaction() as tx:
        await keep_rules(tx, Rules())
        await keep_rules(tx, Rules())
        with pytest.raises(RulesChanged, match="fee_taker_bps = 10, and it is 5 now"):
            await keep_rules(tx, replace(Rules(), fee_taker_bps=5))
