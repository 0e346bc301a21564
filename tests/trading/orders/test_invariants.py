"""Random traders on real candles: what must hold after every single bar."""

from decimal import Decimal
from itertools import islice
from random import Random

import pytest

from arena.kit.clock import TapeClock
from arena.kit.db import Database, Tx
from arena.kit.errors import ArenaError
from arena.trading import orders, portfolio
from arena.trading.market import Bars, open_tape
from arena.trading.market.sample import sample
from arena.trading.orders import NewOrder
from arena.trading.venues import BarVenue, Fill, Rules
from tests.trading.tape import open_purse, play

SOURCE = sample("for tests")
BARS = list(islice(SOURCE.bars_from(None), 160))
TRADED = SOURCE.instruments[0]
ACCOUNTS = ("acc_1", "acc_2", "acc_3")


async def act(tx: Tx, venue: BarVenue, chance: Random, bars: Bars, name: str) -> None:
    """One thing at random: an order of any type and size, sensible or not, or a cancel."""
    account_id = chance.choice(ACCOUNTS)
    if chance.random() < 0.15:
        await orders.cancel_open(tx, account_id, TRADED.symbol, "at random")
        return
    close = bars.candles[0].close
    kind = chance.choice(["market", "market", "limit", "stop_loss", "take_profit"])
    price = TRADED.floor_tick(close * Decimal(chance.randint(990, 1010)) / 1000)
    quantity = TRADED.floor_step(
        Decimal(chance.choice([1, 10, 100, 1000])) * chance.randint(1, 99) / close
    )
    await orders.place(
        tx,
        NewOrder(
            account_id, name, TRADED.symbol, chance.choice(["buy", "sell"]), kind, quantity,
            limit_price=price if kind == "limit" else None,
            stop_price=price if kind in ("stop_loss", "take_profit") else None,
            expires_at=BARS[-1].close_at if chance.random() < 0.2 else None,
            group_id=f"{account_id} g{chance.randint(0, 2)}" if chance.random() < 0.3 else None,
        ),
        venue=venue,
    )  # fmt: skip


async def check(tx: Tx, bars: Bars, fills: list[Fill]) -> None:
    offered = bars.candles[0].volume / 10
    assert sum(fill.quantity for fill in fills) <= offered
    for account_id in ACCOUNTS:
        held = await portfolio.portfolio(tx, account_id)
        quantity = held.quantity(TRADED.symbol)
        assert held.balances.get(TRADED.base, Decimal(0)) == quantity
        row = await tx.one(
            "select equity, cash, exposure from equity_mark where account_id = $1 order by at desc limit 1",
            account_id,
        )
        assert row["equity"] == held.cash + quantity * bars.candles[0].close
        assert row["equity"] == row["cash"] + row["exposure"]
        tickets = await tx.fetch("select * from ticket where open and account_id = $1", account_id)
        assert sum(t["budget"] for t in tickets if t["side"] == "buy") <= held.cash
        sells: dict[str, Decimal] = {}
        for t in tickets:
            if t["side"] == "sell":
                key = t["group_id"] or t["order_id"]
                sells[key] = max(sells.get(key, Decimal(0)), t["remaining"])
        assert sum(sells.values()) <= quantity
    mismatched = await tx.fetchval(
        """select count(*) from trade_order o join ticket t on t.order_id = o.id
           where o.quantity - o.filled_quantity <> t.remaining
              or t.open <> (o.status in ('accepted', 'partially_filled'))"""
    )
    assert mismatched == 0


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_nothing_is_oversold_overspent_or_lost(db: Database, seed: int) -> None:
    chance = Random(seed)
    assert isinstance(db.clock, TapeClock)
    async with db.transaction() as tx:
        await open_tape(tx, SOURCE, "max")
    db.clock.move_to(BARS[0].open_at)
    for account_id in ACCOUNTS:
        await open_purse(db, account_id)
    venue = BarVenue(Rules())
    fills: list[Fill] = []
    for number, bars in enumerate(BARS):
        got = await play(db, venue, bars)
        fills += got
        async with db.transaction() as tx:
            await check(tx, bars, got)
        for attempt in range(3):
            try:
                async with db.transaction() as tx:
                    await act(tx, venue, chance, bars, f"{number} {attempt}")
            except ArenaError:
                continue
    assert len(fills) > 30
    assert {fill.liquidity for fill in fills} == {"maker", "taker"}
    async with db.transaction() as tx:
        for account_id in ACCOUNTS:
            opening = Decimal(100_000)
            mine = await orders.fills(tx, account_id)
            spent = sum(
                f.quantity * f.price if f.side == "buy" else f.fee - f.quantity * f.price
                for f in mine
            )
            assert (await portfolio.portfolio(tx, account_id)).cash == opening - spent
