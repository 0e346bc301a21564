"""Fills applied to balances and positions in the database."""

from decimal import Decimal

import pytest
from asyncpg import CheckViolationError

from arena.kit.db import Database
from arena.trading import portfolio
from arena.trading.portfolio import AccountDiffers, Holding, InsufficientFunds, apply_fill
from arena.trading.venues import Fill
from tests.trading.tape import BTC, ETH, D, at, open_purse, set_up


def fill(number: int, side: str, quantity: object, price: object, symbol: str = BTC.symbol) -> Fill:
    fee = D("0.00000001")
    return Fill(
        f"fil_{number}", f"ord_{number}", "acc_1", 1, symbol, side, D(quantity), D(price), fee,
        symbol[:3] if side == "buy" else "USD", "taker", {}, at(0, number),
    )  # type: ignore[arg-type]  # fmt: skip


async def test_a_batch_gives_what_one_fill_after_another_gives(db: Database) -> None:
    await set_up(db)
    await open_purse(db)
    fills = [
        fill(1, "buy", 2, "100.01"), fill(2, "buy", 3, "20.5", ETH.symbol), fill(3, "buy", "1.00001", 99),
        fill(4, "sell", "0.5", 120), fill(5, "sell", 1, 19, ETH.symbol), fill(6, "buy", 1, 110),
    ]  # fmt: skip
    known = {i.symbol: i for i in (BTC, ETH)}
    async with db.transaction() as tx:
        await portfolio.apply_all(tx, fills, known)
        batch = await portfolio.portfolio(tx, "acc_1")
    held = {BTC.symbol: Holding(D(0)), ETH.symbol: Holding(D(0))}
    cash = D(100_000)
    for one in fills:
        before = held[one.symbol]
        after = apply_fill(
            Holding(cash, before.quantity, before.average_cost, before.realised_pnl, before.fees),
            one,
        )
        held[one.symbol], cash = after, after.cash
    assert batch.cash == cash
    for symbol, expected in held.items():
        position = batch.positions[symbol]
        assert (position.quantity, position.average_cost) == (
            expected.quantity,
            expected.average_cost,
        )
        assert (position.realised_pnl, position.fees) == (expected.realised_pnl, expected.fees)
        assert batch.balances[known[symbol].base] == position.quantity


async def test_applying_one_by_one_ends_where_the_batch_ends(db: Database) -> None:
    await set_up(db)
    await open_purse(db)
    async with db.transaction() as tx:
        for one in (fill(1, "buy", 2, 100), fill(2, "sell", 1, 130)):
            await portfolio.apply(tx, one, BTC)
        held = await portfolio.portfolio(tx, "acc_1")
    assert held.balances["BTC"] == held.quantity(BTC.symbol) == Decimal("0.99999999")
    assert held.cash == 100_000 - 200 + 130 - Decimal("0.00000001")


async def test_nothing_is_written_where_a_balance_would_go_below_zero(db: Database) -> None:
    await set_up(db)
    await open_purse(db, cash=150)
    with pytest.raises(InsufficientFunds):
        async with db.transaction() as tx:
            await portfolio.apply_all(
                tx, [fill(1, "buy", 1, 100), fill(2, "buy", 1, 100)], {BTC.symbol: BTC}
            )
    async with db.transaction() as tx:
        assert (await portfolio.portfolio(tx, "acc_1")).cash == 150
        with pytest.raises(CheckViolationError):
            await tx.execute("update balance set quantity = -1")


async def test_an_account_is_opened_once_and_not_with_other_content(db: Database) -> None:
    await set_up(db)
    first = await open_purse(db)
    assert await open_purse(db) == first
    with pytest.raises(AccountDiffers):
        await open_purse(db, cash=5)
