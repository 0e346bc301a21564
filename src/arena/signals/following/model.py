"""What becomes of a signal in an account, and what a recomputation of the record says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec

from arena.kit.errors import Unavailable
from arena.trading.market import Side
from arena.trading.performance import Mark
from arena.trading.venues import Fill

Outcome = Literal["ordered", "unchanged", "too_small", "stale", "no_price", "refused"]


class BarNotInYet(Unavailable):
    """The bar that closed at {close_at} has not been stored yet; the signal is followed once it is."""


@dataclass(frozen=True, slots=True)
class Act:
    """What following made of a signal in an account. `at` is the signal's arrival, product time."""

    signal_id: str
    account_id: str
    outcome: Outcome
    detail: Mapping[str, Any]
    at: datetime


class Sized(msgspec.Struct, frozen=True, gc=False):
    """What a target asks for: nothing (and why), or an order of `quantity` base units."""

    outcome: Literal["ordered", "unchanged", "too_small", "no_price"]
    side: Side = "buy"
    quantity: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Recomputed:
    """A record computed again from signals and bars. `sha` digests it; `differences` from the stored one,
    in words, empty where the stored record holds."""

    fills: tuple[Fill, ...]
    marks: tuple[Mark, ...]
    sha: str
    differences: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return not self.differences
