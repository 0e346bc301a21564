"""Books as they move: snapshots and differences in scaled integers, and the order in which all of it came.

Prices are counts of the instrument's tick, quantities counts of its step (what is finer is floored): exact, small,
and quick to compare. A quantity of 0 in a difference takes the level away.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from arena.trading.market.model import Print

Levels = tuple[tuple[int, int], ...]
"""(price in ticks, quantity in steps), best first in a snapshot, in any order in a difference."""


@dataclass(frozen=True, slots=True)
class DepthSnapshot:
    """A whole book. `last_id` is the id of the last update it contains, contiguous per symbol; one without any level
    says that nobody knows the book. `model` is "bar" where it was made from a candle, and then stands for its moment
    only."""

    symbol: str
    at: datetime
    last_id: int
    bids: Levels
    asks: Levels
    model: Literal["exchange", "bar"] = "exchange"


@dataclass(frozen=True, slots=True)
class DepthUpdate:
    """What changed in a book between two moments: `first_id` is the one after the last update before it."""

    symbol: str
    at: datetime
    first_id: int
    last_id: int
    bids: Levels
    asks: Levels


MarketEvent = DepthSnapshot | DepthUpdate | Print
