"""Entitlements: one question, one function: may this subject receive this feed's signals, and how?"""

from arena.marketplace.entitlements.may import covering, may, require
from arena.marketplace.entitlements.model import (
    NOT_ENTITLED,
    Covered,
    Decision,
    NotEntitled,
    PaymentRequired,
)

__all__ = [
    "NOT_ENTITLED",
    "Covered",
    "Decision",
    "NotEntitled",
    "PaymentRequired",
    "covering",
    "may",
    "require",
]
