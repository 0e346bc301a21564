"""Entitlements: one question, one function: may this subject receive this feed's signals, and how?"""

from arena.marketplace.entitlements.given import Given, Newest, given_of
from arena.marketplace.entitlements.may import covering, history, may, require
from arena.marketplace.entitlements.model import (
    NOT_ENTITLED,
    RANKS,
    Covered,
    Decided,
    Decision,
    NotEntitled,
    PaymentRequired,
)

__all__ = [
    "NOT_ENTITLED",
    "RANKS",
    "Covered",
    "Decided",
    "Decision",
    "Given",
    "Newest",
    "NotEntitled",
    "PaymentRequired",
    "covering",
    "given_of",
    "history",
    "may",
    "require",
]
