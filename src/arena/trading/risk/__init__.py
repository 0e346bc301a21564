"""Limits, and the decision on every order before it goes."""

from arena.trading.risk.check import check
from arena.trading.risk.decide import decide, reference_price
from arena.trading.risk.limit import kill, revive, set_limits
from arena.trading.risk.model import (
    BadLimits,
    BelowNotionalMin,
    DailyDrawdownReached,
    Decision,
    ExposureTooLarge,
    InstrumentHalted,
    Limits,
    NoPriceYet,
    OffStep,
    OffTick,
    OrderTooLarge,
    PositionTooLarge,
    Proposal,
    TradingKilled,
)
from arena.trading.risk.store import last_closes, limits

__all__ = [
    "BadLimits",
    "BelowNotionalMin",
    "DailyDrawdownReached",
    "Decision",
    "ExposureTooLarge",
    "InstrumentHalted",
    "Limits",
    "NoPriceYet",
    "OffStep",
    "OffTick",
    "OrderTooLarge",
    "PositionTooLarge",
    "Proposal",
    "TradingKilled",
    "check",
    "decide",
    "kill",
    "last_closes",
    "limits",
    "reference_price",
    "revive",
    "set_limits",
]
