"""Accounts, balances and positions from fills; marks to market."""

from arena.trading.portfolio.apply import apply, apply_all
from arena.trading.portfolio.book import Holding, apply_fill, equity, exposure
from arena.trading.portfolio.model import (
    Account,
    AccountClosed,
    AccountDiffers,
    AccountKind,
    InsufficientFunds,
    NoSuchAccount,
    Portfolio,
    Position,
)
from arena.trading.portfolio.open import close_account, open_account, portfolio
from arena.trading.portfolio.store import account, accounts_of, lock_accounts, portfolios

__all__ = [
    "Account",
    "AccountClosed",
    "AccountDiffers",
    "AccountKind",
    "Holding",
    "InsufficientFunds",
    "NoSuchAccount",
    "Portfolio",
    "Position",
    "account",
    "accounts_of",
    "apply",
    "apply_all",
    "apply_fill",
    "close_account",
    "equity",
    "exposure",
    "lock_accounts",
    "open_account",
    "portfolio",
    "portfolios",
]
