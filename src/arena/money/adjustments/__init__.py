"""Corrections of the ledger that two people sign: one operator asks, another one posts. Nothing is ever edited."""

from arena.money.adjustments.adjust import adjustments, ask, sign, withdraw
from arena.money.adjustments.model import Adjustment, NewAdjustment, State

__all__ = ["Adjustment", "NewAdjustment", "State", "adjustments", "ask", "sign", "withdraw"]
