"""The ledger: accounts and immutable journals that sum to zero; PostgreSQL itself refuses the rest."""

from arena.money.ledger.balance import balance, journals_of, trial_balance
from arena.money.ledger.model import (
    AccountBalance,
    EntryLine,
    Journal,
    JournalDiffers,
    Kind,
    Leg,
    TrialBalance,
    UnknownAccount,
)
from arena.money.ledger.post import post

__all__ = [
    "AccountBalance",
    "EntryLine",
    "Journal",
    "JournalDiffers",
    "Kind",
    "Leg",
    "TrialBalance",
    "UnknownAccount",
    "balance",
    "journals_of",
    "post",
    "trial_balance",
]
