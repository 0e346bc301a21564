"""A liquidation and its steps, how they may move, and the facts that tell of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from arena.trading.risk import Cause

Status = Literal["running", "done"]
StepStatus = Literal["planned", "sold", "partial", "refused"]

MOVES: Mapping[Status, frozenset[Status]] = {"running": frozenset({"done"}), "done": frozenset()}
STEP_MOVES: Mapping[StepStatus, frozenset[StepStatus]] = {
    # Written down before the exchange is asked: after a crash the same order is asked for again, and is the same.
    "planned": frozenset({"sold", "partial", "refused"}),
    "sold": frozenset(),
    "partial": frozenset(),
    "refused": frozenset(),
}


@dataclass(frozen=True, slots=True)
class Liquidation:
    """`level` was reached where `trigger` was set, both fractions of equity. `holdings` are the base units held by
    symbol when it began. Times are product times."""

    id: str
    account_id: str
    cause: Cause
    level: Decimal
    trigger: Decimal
    holdings: Mapping[str, Decimal]
    status: Status
    began_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One slice. `sold` in base units, `proceeds` in quote units, fees aside; `why` says why not all was sold."""

    liquidation_id: str
    number: int
    symbol: str
    quantity: Decimal
    client_order_id: str
    status: StepStatus
    planned_at: datetime
    order_id: str | None = None
    sold: Decimal | None = None
    proceeds: Decimal | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True)
class LiquidationBegan:
    """An account has passed a trigger: its open orders were cancelled, and from now on only reducing orders pass."""

    liquidation_id: str
    account_id: str
    at: datetime

    @property
    def key(self) -> str:
        return self.account_id


@dataclass(frozen=True, slots=True)
class LiquidationStep:
    """A slice of a liquidation has been carried out, or refused; the step's row says how it went."""

    liquidation_id: str
    account_id: str
    number: int
    at: datetime

    @property
    def key(self) -> str:
        return self.account_id


@dataclass(frozen=True, slots=True)
class LiquidationEnded:
    """Nothing is left to be sold: the account is flat, or its exposure is within its limit again."""

    liquidation_id: str
    account_id: str
    at: datetime

    @property
    def key(self) -> str:
        return self.account_id
