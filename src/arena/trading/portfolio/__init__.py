"""Accounts, balances and positions from fills; money put in and taken out; lots; marks to market."""

from arena.trading.portfolio.account_book import AccountBook, Realised
from arena.trading.portfolio.apply import apply, apply_all
from arena.trading.portfolio.book import Holding, apply_fill, book_fill, equity, exposure
from arena.trading.portfolio.fees import Charge, Rate, charge_of
from arena.trading.portfolio.fifo import Lot, Lots, Movement, RealisedLot, lots, movements
from arena.trading.portfolio.model import (
    Account,
    AccountClosed,
    AccountDiffers,
    AccountKind,
    Flow,
    InsufficientFunds,
    NoFlow,
    NoSuchAccount,
    Portfolio,
    Position,
    RecordIsFixed,
)
from arena.trading.portfolio.money_moved import flows, flows_of, keep_flow, make_flow, record_flow
from arena.trading.portfolio.open import close_account, open_account, portfolio
from arena.trading.portfolio.store import (
    account,
    accounts_of,
    collective_accounts,
    fee_rates,
    flow,
    lock_accounts,
    portfolios,
    rate,
    save_holdings,
)

__all__ = [
    "Account",
    "AccountBook",
    "AccountClosed",
    "AccountDiffers",
    "AccountKind",
    "Charge",
    "Flow",
    "Holding",
    "InsufficientFunds",
    "Lot",
    "Lots",
    "Movement",
    "NoFlow",
    "NoSuchAccount",
    "Portfolio",
    "Position",
    "Rate",
    "Realised",
    "RealisedLot",
    "RecordIsFixed",
    "account",
    "accounts_of",
    "apply",
    "apply_all",
    "apply_fill",
    "book_fill",
    "charge_of",
    "close_account",
    "collective_accounts",
    "equity",
    "exposure",
    "fee_rates",
    "flow",
    "flows",
    "flows_of",
    "keep_flow",
    "lock_accounts",
    "lots",
    "make_flow",
    "movements",
    "open_account",
    "portfolio",
    "portfolios",
    "rate",
    "record_flow",
    "save_holdings",
]
