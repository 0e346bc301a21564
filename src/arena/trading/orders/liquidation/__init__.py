"""Liquidation: the arena sells for an account that has passed its trigger, slice by slice, and says so each time."""

from arena.trading.orders.liquidation.letters import (
    send_liquidation_began,
    send_liquidation_ended,
    send_liquidation_step,
)
from arena.trading.orders.liquidation.liquidate import guard
from arena.trading.orders.liquidation.model import (
    MOVES,
    STEP_MOVES,
    Liquidation,
    LiquidationBegan,
    LiquidationEnded,
    LiquidationStep,
    Step,
)
from arena.trading.orders.liquidation.store import liquidation, liquidations, steps

__all__ = [
    "MOVES",
    "STEP_MOVES",
    "Liquidation",
    "LiquidationBegan",
    "LiquidationEnded",
    "LiquidationStep",
    "Step",
    "guard",
    "liquidation",
    "liquidations",
    "send_liquidation_began",
    "send_liquidation_ended",
    "send_liquidation_step",
    "steps",
]
