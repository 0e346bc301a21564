"""Money put in and taken out in the database, and fees in third assets with the rates they were counted at."""

from dataclasses import replace

import pytest
from asyncpg import ObjectNotInPrerequisiteStateError

from arena.kit.clock import TapeClock
from arena.kit.db import Database
from arena.people.access import SYSTEM
from arena.trading import portfolio
from arena.trading.market import Instrument, store_bars
from arena.trading.portfolio import (
    AccountClosed,
    InsufficientFunds,
    NoFlow,
    NoSuchAccount,
    record_flow,
)
from arena.trading.venues import Fill
from tests.trading.tape import BTC, D, at, bar, open_purse, set_up, step

BNB = Instrument("BNB-USD", "BNB", "USD", D("0.01"), D("0.001"), D(5))


async def put(db: Database, asset: str, quantity: object) -> portfolio.Flow:
    async with db.transaction() as tx:
        return await record_flow(tx, "acc_1", asset, D(quantity), note="top up", actor=SYSTEM)


async def staged(db: Database) -> None:
    """An account of 100,000 USD, BNB at 300 and BTC at 100 a moment ago."""
    await set_up(db, BTC, BNB)
    await open_purse(db)
    async with db.transaction() as tx:
        await store_bars(
            tx, step(bar(0, "100 100 100 100"), bar(0, "300 300 300 300", symbol=BNB.symbol))
        )
    assert isinstance(db.clock, TapeClock)
    db.clock.move_to(at(1))


async def test_money_put_in_is_kept_with_what_the_account_was_worth_before(db: Database) -> None:
    await staged(db)
    made = await put(db, "USD", 500)
    assert (made.quantity, made.value_quote, made.rate, made.equity_before) == (
        500,
        500,
        1,
        100_000,
    )
    units = await put(db, "BNB", 2)
    assert (units.value_quote, units.rate) == (600, 300)
    assert "BNB-USD" in units.rate_from
    assert units.equity_before == 100_500
    out = await put(db, "BNB", "-0.5")
    assert (out.value_quote, out.equity_before) == (-150, 101_100)
    async with db.transaction() as tx:
        held = await portfolio.portfolio(tx, "acc_1")
        assert held.balances == {"USD": 100_500, "BNB": D("1.5")}
        assert held.quantity(BNB.symbol) == D("1.5")
        assert held.positions[BNB.symbol].average_cost == 300
        assert list(await portfolio.flows(tx, "acc_1")) == [made, units, out]
        assert (
            await tx.fetchval("select count(*) from audit_event where action = 'accounts.flow'")
            == 3
        )


async def test_what_cannot_flow_does_not(db: Database) -> None:
    await staged(db)
    for asset, quantity, refusal in (
        ("USD", 0, NoFlow),
        ("USD", -100_001, InsufficientFunds),
        ("BTC", -1, InsufficientFunds),
    ):
        with pytest.raises(refusal):
            await put(db, asset, quantity)
    async with db.transaction() as tx:
        with pytest.raises(NoSuchAccount):
            await record_flow(tx, "acc_2", "USD", D(1), note="top up", actor=SYSTEM)
        await portfolio.close_account(tx, "acc_1")
    with pytest.raises(AccountClosed):
        await put(db, "USD", 1)
    async with db.transaction() as tx:
        assert await tx.fetchval("select count(*) from account_flow") == 0


async def test_flows_are_never_changed(db: Database) -> None:
    await staged(db)
    await put(db, "USD", 5)
    with pytest.raises(ObjectNotInPrerequisiteStateError):
        async with db.transaction() as tx:
            await tx.execute("update account_flow set quantity = 6")


async def test_a_fee_in_a_third_asset_leaves_its_balance_and_its_rate_is_kept(db: Database) -> None:
    await staged(db)
    await put(db, "BNB", 1)
    trade = Fill(
        "fil_1", "ord_1", "acc_1", 1, BTC.symbol, "buy", D(2), D(100), D("0.01"), "BNB", "taker", {}, at(1, 5)
    )  # fmt: skip
    dear = replace(trade, id="fil_2", order_id="ord_2", fee=D(2))
    async with db.transaction() as tx:
        for one in (trade, dear):
            await tx.execute(
                """insert into trade_order (id, account_id, client_order_id, symbol, side, type, quantity, status,
                     placed_at, updated_at) values ($1, 'acc_1', $1, $2, 'buy', 'market', 2, 'filled', $3, $3)""",
                one.order_id, BTC.symbol, at(0),
            )  # fmt: skip
            await tx.execute(
                """insert into fill (id, order_id, account_id, number, symbol, side, quantity, price, fee, fee_asset,
                     liquidity, evidence, at)
                   values ($1, $2, 'acc_1', 1, $3, 'buy', 2, 100, $4, 'BNB', 'taker', '{}', $5)""",
                one.id, one.order_id, BTC.symbol, one.fee, one.at,
            )  # fmt: skip
        await portfolio.apply(tx, trade, BTC)
        held = await portfolio.portfolio(tx, "acc_1")
        rates = await portfolio.fee_rates(tx, "acc_1")
    assert held.balances == {"USD": 99_800, "BTC": 2, "BNB": D("0.99")}
    assert held.quantity(BNB.symbol) == D("0.99")
    assert held.positions[BTC.symbol].average_cost == D("101.5")
    assert rates["fil_1"].rate == 300
    with pytest.raises(InsufficientFunds):
        async with db.transaction() as tx:
            await portfolio.apply(tx, dear, BTC)
