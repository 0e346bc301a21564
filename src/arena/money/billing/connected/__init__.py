"""Creators' own accounts at a gateway (Stripe Connect): opened, filled in there, looked at when something is told."""

from arena.money.billing.connected.accounts import (
    dashboard,
    look,
    look_at_due,
    onboarding,
    open_account,
)
from arena.money.billing.connected.model import (
    ConnectedAccount,
    ConnectedForm,
    NoConnectedAccount,
    NoConnectedAccounts,
)
from arena.money.billing.connected.store import account_of, bank_of, is_ours

__all__ = [
    "ConnectedAccount",
    "ConnectedForm",
    "NoConnectedAccount",
    "NoConnectedAccounts",
    "account_of",
    "bank_of",
    "dashboard",
    "is_ours",
    "look",
    "look_at_due",
    "onboarding",
    "open_account",
]
