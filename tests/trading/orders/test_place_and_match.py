"""An order's life against the paper venue, in the database."""

from decimal import Decimal

import pytest

from arena.kit.db import Database
from arena.trading import orders, portfolio
from arena.trading.orders import ClientOrderIdReused, NewOrder, OrderNotOpen
from arena.trading.portfolio import InsufficientFunds
from arena.trading.venues import BarVenue, Rules
from tests.trading.tape import BTC, FREE, D, bar, open_purse, play, set_up, step


async def buy(db: Database, venue: BarVenue, quantity: object, **how: object) -> orders.Order:
    how = {"type": "market", "client_order_id": "one", "side": "buy", **how}
    async with db.transaction() as tx:
        return await orders.place(
            tx, NewOrder("acc_1", symbol=BTC.symbol, quantity=D(quantity), **how), venue=venue
        )


async def begin(db: Database, rules: Rules = FREE) -> BarVenue:
    await set_up(db)
    await open_purse(db)
    venue = BarVenue(rules)
    await play(db, venue, step(bar(0, "100 100 100 100")))
    return venue


async def test_a_market_buy_is_filled_in_the_next_bar_and_the_portfolio_knows(db: Database) -> None:
    venue = await begin(db, Rules())
    placed = await buy(db, venue, 2)
    assert placed.status == "accepted"
    (fill,) = await play(db, venue, step(bar(1, "100 104 99 103")))
    async with db.transaction() as tx:
        order = await orders.order(tx, placed.id)
        held = await portfolio.portfolio(tx, "acc_1")
        facts = await tx.fetch("select kind, key from fact")
        assert await orders.fills(tx, "acc_1") == [fill]
    assert order is not None
    assert (order.status, order.filled_quantity, order.filled_quote) == (
        "filled",
        2,
        2 * fill.price,
    )
    assert fill.fee == Decimal("0.002")
    assert held.balances == {"USD": 100_000 - 2 * fill.price, "BTC": Decimal("1.998")}
    assert held.quantity(BTC.symbol) == Decimal("1.998")
    assert [tuple(f) for f in facts] == [("OrderFilled", "acc_1")]


async def test_the_same_client_order_id_gives_the_first_order_and_other_content_a_conflict(
    db: Database,
) -> None:
    venue = await begin(db)
    first = await buy(db, venue, 1)
    assert await buy(db, venue, 1) == first
    with pytest.raises(ClientOrderIdReused):
        await buy(db, venue, 2)


async def test_open_buys_reserve_their_cash(db: Database) -> None:
    venue = await begin(db)
    await buy(db, venue, 600, type="limit", limit_price=D(100))
    with pytest.raises(InsufficientFunds):
        await buy(db, venue, 500, client_order_id="two", type="limit", limit_price=D(100))
    await buy(db, venue, 400, client_order_id="three", type="limit", limit_price=D(100))


async def test_a_cancelled_order_is_filled_no_more_and_a_filled_one_not_cancelled(
    db: Database,
) -> None:
    venue = await begin(db)
    placed = await buy(db, venue, 1, type="limit", limit_price=D(90))
    filled = await buy(db, venue, 1, client_order_id="two")
    async with db.transaction() as tx:
        assert (await orders.cancel(tx, placed.id, "changed my mind")).status == "canceled"
        assert (await orders.cancel(tx, placed.id, "again")).reason == "changed my mind"
    fills = await play(db, venue, step(bar(1, "100 100 80 80")))
    assert [fill.order_id for fill in fills] == [filled.id]
    async with db.transaction() as tx:
        with pytest.raises(OrderNotOpen):
            await orders.cancel(tx, filled.id, "too late")
