"""Applies fills to balances and positions, in the transaction of the fills."""

from collections.abc import Mapping, Sequence

from arena.kit.db import Tx
from arena.trading.market import Instrument
from arena.trading.portfolio import store
from arena.trading.portfolio.account_book import AccountBook
from arena.trading.portfolio.fees import Charge, charge_of
from arena.trading.portfolio.model import Account
from arena.trading.venues import Fill


async def apply(tx: Tx, fill: Fill, instrument: Instrument) -> None:
    """Applies one fill. Raises InsufficientFunds where a balance would go below zero."""
    await apply_all(tx, [fill], {instrument.symbol: instrument})


async def apply_all(tx: Tx, fills: Sequence[Fill], instruments: Mapping[str, Instrument]) -> None:
    """Applies fills in their order: one locking read and two writes, however many there are.

    A fee in a third asset comes out of that asset's balance; the rate it was counted at is kept (`fee_rate`).
    Raises InsufficientFunds where a balance would go below zero.
    """
    accounts = await store.lock_accounts(tx, (fill.account_id for fill in fills))
    held = await store.portfolios(tx, list(accounts.values()))
    third = [f for f in fills if _third(f, instruments, accounts)]
    known = [*instruments.values(), *(await store.priced(tx, third, accounts) if third else ())]
    books = {account_id: AccountBook(held[account_id], known) for account_id in held}
    charges = await _charges(tx, fills, instruments, accounts, third)
    moved: set[tuple[str, str]] = set()
    for fill, charge in zip(fills, charges, strict=True):
        gains = books[fill.account_id].book_fill(fill, charge).by_symbol
        moved |= {(fill.account_id, symbol) for symbol in gains}
    await save_books(tx, books, {i.symbol: i for i in known}, moved)


async def save_books(
    tx: Tx,
    books: Mapping[str, AccountBook],
    instruments: Mapping[str, Instrument],
    moved: set[tuple[str, str]],
    assets: Sequence[tuple[str, str]] = (),
) -> None:
    """Writes what changed: the positions of (account id, symbol) in `moved` with the balances of their base assets,
    those of further (account id, asset), and every book's cash."""
    changed = {(account_id, book.quote) for account_id, book in books.items()} | set(assets)
    changed |= {(account_id, instruments[symbol].base) for account_id, symbol in moved}
    await store.save_holdings(
        tx,
        [(account_id, asset, books[account_id].balances[asset]) for account_id, asset in sorted(changed)],
        [(account_id, books[account_id].positions[symbol]) for account_id, symbol in sorted(moved)],
    )  # fmt: skip


async def _charges(
    tx: Tx,
    fills: Sequence[Fill],
    instruments: Mapping[str, Instrument],
    accounts: Mapping[str, Account],
    third: Sequence[Fill],
) -> list[Charge]:
    """In the order of the fills; the rates used for third assets are kept."""
    if not third:
        return [charge_of(fill, instruments[fill.symbol]) for fill in fills]
    rates = {
        fill.id: await store.rate(tx, fill.fee_asset, accounts[fill.account_id].quote, fill.at)
        for fill in third
    }
    await store.insert_fee_rates(tx, [(f.id, f.fee_asset, rates[f.id]) for f in third])
    return [
        charge_of(
            fill, instruments[fill.symbol], {fill.fee_asset: rates[fill.id]} if fill.id in rates else None
        )
        for fill in fills
    ]  # fmt: skip


def _third(
    fill: Fill, instruments: Mapping[str, Instrument], accounts: Mapping[str, Account]
) -> bool:
    instrument = instruments[fill.symbol]
    own = (instrument.base, instrument.quote, accounts[fill.account_id].quote)
    return bool(fill.fee) and fill.fee_asset not in own
