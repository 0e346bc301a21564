"""Two at once: cash is spent once, an intent is one order, a cancel and a fill never both happen."""

import asyncio

from arena.kit.db import Database
from arena.kit.errors import ArenaError
from arena.trading import orders, portfolio
from arena.trading.orders import NewOrder, OrderNotOpen
from arena.trading.portfolio import InsufficientFunds
from arena.trading.venues import BarVenue, Rules
from tests.trading.tape import BTC, FREE, D, bar, open_purse, play, set_up, step


async def begin(db: Database, rules: Rules = FREE) -> BarVenue:
    await set_up(db)
    await open_purse(db)
    venue = BarVenue(rules)
    await play(db, venue, step(bar(0, "100 100 100 100")))
    return venue


async def buy(db: Database, venue: BarVenue, name: str, quantity: int) -> orders.Order | ArenaError:
    try:
        async with db.transaction() as tx:
            return await orders.place(
                tx,
                NewOrder(
                    "acc_1", name, BTC.symbol, "buy", "limit", D(quantity), limit_price=D(100)
                ),
                venue=venue,
            )
    except ArenaError as refused:
        return refused


async def test_cash_is_promised_once_however_many_ask_at_once(db: Database) -> None:
    venue = await begin(db)
    answers = await asyncio.gather(*(buy(db, venue, f"n{n}", 300) for n in range(8)))
    assert sum(isinstance(a, orders.Order) for a in answers) == 3
    assert sum(isinstance(a, InsufficientFunds) for a in answers) == 5


async def test_one_intent_sent_many_times_at_once_is_one_order(db: Database) -> None:
    venue = await begin(db)
    answers = await asyncio.gather(*(buy(db, venue, "same", 10) for _ in range(8)))
    assert len({a.id for a in answers if isinstance(a, orders.Order)}) == 1
    async with db.transaction() as tx:
        assert await tx.fetchval("select count(*) from trade_order") == 1
        assert await tx.fetchval("select count(*) from ticket") == 1


async def test_a_cancel_and_a_fill_at_once_never_both_happen(db: Database) -> None:
    venue = await begin(db)
    for number in range(1, 9):
        placed = await buy(db, venue, f"n{number}", 10)
        assert isinstance(placed, orders.Order)

        async def cancel(order_id: str = placed.id) -> str:
            try:
                async with db.transaction() as tx:
                    return (await orders.cancel(tx, order_id, "race")).status
            except OrderNotOpen as late:
                return str(late.facts["status"])

        _, status = await asyncio.gather(
            play(db, venue, step(bar(number, "99 99 99 99"))), cancel()
        )
        async with db.transaction() as tx:
            order = await orders.order(tx, placed.id)
        assert order is not None
        assert order.status == status
        assert (order.filled_quantity == 10) is (order.status == "filled")


async def test_placing_while_bars_are_matched_never_overdraws(db: Database) -> None:
    venue = await begin(db, Rules())
    for number in range(1, 15):
        await asyncio.gather(
            play(db, venue, step(bar(number, "100 101 98 100", 2000))),
            *(buy(db, venue, f"{number} {n}", 90) for n in range(3)),
        )
    async with db.transaction() as tx:
        held = await portfolio.portfolio(tx, "acc_1")
        reserved = await tx.fetchval("select coalesce(sum(budget), 0) from ticket where open")
        balance = await tx.fetchval("select quantity from balance where asset = 'BTC'")
    assert held.cash >= reserved
    assert held.quantity(BTC.symbol) == balance


async def test_replacing_and_cancelling_while_bars_are_matched_waits_in_no_circle(
    db: Database,
) -> None:
    venue = await begin(db, Rules())
    for account_id in ("acc_2", "acc_3"):
        await open_purse(db, account_id)

    async def replace(account_id: str, name: str) -> None:
        async with db.transaction() as tx:
            await portfolio.lock_accounts(tx, [account_id])
            await orders.cancel_open(tx, account_id, BTC.symbol, "replaced")
            await orders.place(
                tx,
                NewOrder(account_id, name, BTC.symbol, "buy", "limit", D(1), limit_price=D(99)),
                venue=venue,
            )

    async def cancel_each(account_id: str) -> None:
        async with db.transaction() as tx:
            there = await orders.open_orders(tx, account_id)
        for order in there:
            try:
                async with db.transaction() as tx:
                    await orders.cancel(tx, order.id, "race")
            except OrderNotOpen:
                continue

    for number in range(1, 20):
        await asyncio.gather(
            play(db, venue, step(bar(number, "100 101 98 100"))),
            *(
                replace(a, f"{number} {n}")
                for n, a in enumerate(("acc_1", "acc_2", "acc_3", "acc_1"))
            ),
            *(cancel_each(a) for a in ("acc_1", "acc_2", "acc_3")),
        )
    async with db.transaction() as tx:
        open_tickets = await tx.fetchval("select count(*) from ticket where open")
        open_orders = await tx.fetchval(
            "select count(*) from trade_order where status in ('accepted', 'partially_filled')"
        )
    assert open_tickets == open_orders
