"""Applies fills to balances and positions, in the transaction of the fills."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from arena.kit.db import Tx
from arena.trading.market import Instrument
from arena.trading.portfolio import store
from arena.trading.portfolio.book import Holding, apply_fill
from arena.trading.portfolio.model import Portfolio, Position
from arena.trading.venues import Fill


async def apply(tx: Tx, fill: Fill, instrument: Instrument) -> None:
    """Applies one fill. Raises InsufficientFunds where a balance would go below zero."""
    await apply_all(tx, [fill], {instrument.symbol: instrument})


async def apply_all(tx: Tx, fills: Sequence[Fill], instruments: Mapping[str, Instrument]) -> None:
    """Applies fills in their order: one locking read and two writes, however many there are."""
    accounts = await store.lock_accounts(tx, (fill.account_id for fill in fills))
    held = await store.portfolios(tx, list(accounts.values()))
    cash = {account_id: portfolio.cash for account_id, portfolio in held.items()}
    positions: dict[tuple[str, str], Holding] = {}
    for fill in fills:
        key = (fill.account_id, fill.symbol)
        before = positions.get(key) or _holding(held[fill.account_id], fill.symbol)
        after = apply_fill(_with_cash(before, cash[fill.account_id]), fill)
        positions[key], cash[fill.account_id] = after, after.cash
    balances = [(account_id, accounts[account_id].quote, cash[account_id]) for account_id in cash]
    balances += [
        (account_id, instruments[symbol].base, holding.quantity)
        for (account_id, symbol), holding in positions.items()
    ]
    await store.save_holdings(
        tx,
        balances,
        [
            (account_id, Position(symbol, h.quantity, h.average_cost, h.realised_pnl, h.fees))
            for (account_id, symbol), h in positions.items()
        ],
    )


def _holding(portfolio: Portfolio, symbol: str) -> Holding:
    position = portfolio.positions.get(symbol) or Position(symbol, Decimal(0), Decimal(0))
    return Holding(
        portfolio.cash, position.quantity, position.average_cost, position.realised_pnl, position.fees
    )  # fmt: skip


def _with_cash(holding: Holding, cash: Decimal) -> Holding:
    return Holding(cash, holding.quantity, holding.average_cost, holding.realised_pnl, holding.fees)
