"""The ledger: accounts and immutable journals that sum to zero; PostgreSQL itself refuses the rest."""

from arena.money.ledger.balance import (
    balance,
    balances,
    free_balance,
    journal,
    journals_of,
    statement,
    trial_balance,
)
from arena.money.ledger.chart import CHART, Rule, rule_of
from arena.money.ledger.kinds import POSTINGS, Kind, Posting
from arena.money.ledger.model import (
    AccountBalance,
    AccountStatement,
    EntryLine,
    Journal,
    JournalDiffers,
    Leg,
    NewJournal,
    NotPending,
    Overdrawn,
    StatementLine,
    TrialBalance,
    UnknownAccount,
    WrongPosting,
)
from arena.money.ledger.post import move_set_aside, post, post_many, release, set_aside
from arena.money.ledger.seal import Head, broken_heads, heads, seal

__all__ = [
    "CHART",
    "POSTINGS",
    "AccountBalance",
    "AccountStatement",
    "EntryLine",
    "Head",
    "Journal",
    "JournalDiffers",
    "Kind",
    "Leg",
    "NewJournal",
    "NotPending",
    "Overdrawn",
    "Posting",
    "Rule",
    "StatementLine",
    "TrialBalance",
    "UnknownAccount",
    "WrongPosting",
    "balance",
    "balances",
    "broken_heads",
    "free_balance",
    "heads",
    "journal",
    "journals_of",
    "move_set_aside",
    "post",
    "post_many",
    "release",
    "rule_of",
    "seal",
    "set_aside",
    "statement",
    "trial_balance",
]
