"""On real candles every type of order finds its end, and the same tape gives the same rows."""

from datetime import datetime
from decimal import Decimal
from itertools import islice

import pytest

from arena.kit.clock import TapeClock
from arena.kit.db import Database
from arena.kit.facts import Routing
from arena.trading import orders, portfolio
from arena.trading.market import Bars, open_tape
from arena.trading.market.sample import sample
from arena.trading.orders import NewOrder
from arena.trading.venues import BarVenue, Rules
from tests.trading.tape import open_purse, play

SOURCE = sample("for tests")
BARS = list(islice(SOURCE.bars_from(None), 600))
SYMBOL = SOURCE.instruments[0].symbol


async def begin(db: Database) -> BarVenue:
    assert isinstance(db.clock, TapeClock)
    async with db.transaction() as tx:
        await open_tape(tx, SOURCE, "max")
    db.clock.move_to(BARS[0].open_at)
    await open_purse(db)
    return BarVenue(Rules())


async def place(db: Database, venue: BarVenue, name: str, **how: object) -> orders.Order:
    async with db.transaction() as tx:
        return await orders.place(tx, NewOrder("acc_1", name, SYMBOL, **how), venue=venue)  # type: ignore[arg-type]  # as each test says


def priced(bars: Bars, factor: str) -> Decimal:
    return SOURCE.instruments[0].floor_tick(bars.candles[0].close * Decimal(factor))


@pytest.mark.parametrize(
    ("side", "type", "price"),
    [
        ("buy", "market", None), ("sell", "market", None),
        ("buy", "limit", "0.999"), ("sell", "limit", "1.001"),
        ("buy", "limit", "1.001"), ("sell", "limit", "0.999"),
        ("buy", "stop_loss", "1.001"), ("sell", "stop_loss", "0.999"),
        ("buy", "take_profit", "0.999"), ("sell", "take_profit", "1.001"),
    ],
)  # fmt: skip
async def test_every_type_of_order_is_filled_on_real_candles(
    db: Database, side: str, type: str, price: str | None
) -> None:
    venue = await begin(db)
    await play(db, venue, BARS[0])
    if side == "sell":
        await place(db, venue, "before", side="buy", type="market", quantity=Decimal(1))
        for bars in BARS[1:5]:
            await play(db, venue, bars)
    last = BARS[4] if side == "sell" else BARS[0]
    how = (
        {}
        if price is None
        else {"limit_price" if type == "limit" else "stop_price": priced(last, price)}
    )
    placed = await place(db, venue, "it", side=side, type=type, quantity=Decimal("0.5"), **how)
    for bars in BARS[5 if side == "sell" else 1 :]:
        await play(db, venue, bars)
        async with db.transaction() as tx:
            order = await orders.order(tx, placed.id)
        assert order is not None
        if order.status == "filled":
            break
    assert order.status == "filled"


async def test_an_order_too_large_for_its_bars_is_filled_over_several(db: Database) -> None:
    venue = await begin(db)
    await play(db, venue, BARS[0])
    async with db.transaction() as tx:
        await tx.execute("update balance set quantity = 1e9")
    volume = max(bars.candles[0].volume for bars in BARS[1:30])
    quantity = SOURCE.instruments[0].floor_step(volume / 5)
    placed = await place(db, venue, "large", side="buy", type="market", quantity=quantity)
    for bars in BARS[1:200]:
        await play(db, venue, bars)
    async with db.transaction() as tx:
        order = await orders.order(tx, placed.id)
        fills = await orders.fills(tx, "acc_1")
    assert order is not None
    assert order.status == "filled"
    assert len(fills) > 1
    assert sum(fill.quantity for fill in fills) == quantity
    assert [fill.number for fill in fills] == list(range(1, len(fills) + 1))


async def run(db: Database) -> list[tuple[object, ...]]:
    """A busy account on 600 bars: entries, a group of stop and take-profit, expiries, cancels."""
    venue = await begin(db)
    for number, bars in enumerate(BARS):
        await play(db, venue, bars)
        if number % 20 == 0:
            async with db.transaction() as tx:
                await orders.cancel_open(tx, "acc_1", SYMBOL, "again")
                held = (await portfolio.portfolio(tx, "acc_1")).quantity(SYMBOL)
                rest = SOURCE.instruments[0].floor_step(held)
                if rest:
                    await orders.place(
                        tx,
                        NewOrder(
                            "acc_1",
                            f"stop {number}",
                            SYMBOL,
                            "sell",
                            "stop_loss",
                            rest,
                            stop_price=priced(bars, "0.995"),
                            group_id=f"g{number}",
                        ),
                        venue=venue,
                    )
                    await orders.place(
                        tx,
                        NewOrder(
                            "acc_1",
                            f"profit {number}",
                            SYMBOL,
                            "sell",
                            "take_profit",
                            rest,
                            stop_price=priced(bars, "1.005"),
                            group_id=f"g{number}",
                        ),
                        venue=venue,
                    )
                else:
                    expires_at: datetime = BARS[min(number + 10, len(BARS) - 1)].close_at
                    await orders.place(tx, NewOrder(
                        "acc_1", f"enter {number}", SYMBOL, "buy", "limit" if number % 40 else "market",
                        Decimal("0.3"), limit_price=priced(bars, "0.998") if number % 40 else None,
                        expires_at=expires_at), venue=venue)  # fmt: skip
    async with db.transaction() as tx:
        return [
            tuple(row)
            for table in ("fill", "equity_mark", "trade_order", "ticket", "balance", "position")
            for row in await tx.fetch(f"select t::text from {table} t order by 1")
        ]


async def test_the_same_tape_twice_gives_the_same_rows(
    db: Database, server: object, database_url: str
) -> None:
    from arena.kit.db import open_pool

    first = await run(db)
    name = await server.create()  # type: ignore[attr-defined]  # the run's Server
    pool = await open_pool(server.url_of(name), size_min=1)  # type: ignore[attr-defined]  # the run's Server
    try:
        second = await run(Database(pool, TapeClock(BARS[0].open_at), Routing()))
    finally:
        pool.terminate()
        await server.drop(name)  # type: ignore[attr-defined]  # the run's Server
    assert len(first) > 500
    assert sum("taker" in str(row) or "maker" in str(row) for row in first) > 10
    assert first == second
