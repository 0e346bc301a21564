"""How much money a strategy bears: the same decisions with ever larger accounts.

Impact grows with the square root of the size, and participation is bounded (record.md, sections 3 and 4): a large
account pays more, and does not get in or out when it wants to. Its return may even be higher by that accident, so
capacity asks for both: half of the smallest account's return, and a position that strays from that account's by no more
than a tenth.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import takewhile

import numpy as np

from arena.signals.lab.bars import Bars, Floats
from arena.signals.lab.bounds import UNBOUNDED, Bounds
from arena.signals.lab.engine import Machine, Run
from arena.signals.lab.engine.units import TooLarge
from arena.signals.lab.strategy import Plan
from arena.trading import performance
from arena.trading.venues import Rules

RETURN_KEPT = 0.5
ASTRAY_MAX = 0.1
SIZES = tuple(Decimal(10**power) for power in range(4, 10))


@dataclass(frozen=True, slots=True)
class Size:
    """What an account of `cash` (quote units) would have made: net return, Sharpe (annual), and all costs in bps of
    what was traded."""

    cash: Decimal
    total_return: float
    sharpe: float | None
    cost_bps: float
    astray: float
    """How far its position as a share of its equity was off that of the smallest account, on average over all bars,
    as a part of the latter's average; 0 where both held nothing."""


def capacity_curve(
    plan: Plan,
    bars: Bars,
    *,
    rules: Rules,
    bounds: Bounds = UNBOUNDED,
    first: int = 0,
    sizes: Sequence[Decimal] = SIZES,
) -> list[Size]:
    """One row a size, smallest first; sizes too large to count are left out."""
    found: list[Size] = []
    held: Floats | None = None
    for cash in sorted(sizes):
        try:
            run = Machine(bars, rules=rules, cash=cash, bounds=bounds).run(plan, first)
        except TooLarge:
            break
        share = run.exposure / run.equity
        held = share if held is None else held
        found.append(_size(run, cash, share, held))
    return found


def capacity(curve: Sequence[Size]) -> Decimal | None:
    """The largest size on the curve up to which all keep half of the smallest one's return, and the position they want;
    None where the smallest lost."""
    if not curve or curve[0].total_return <= 0:
        return None
    borne = takewhile(lambda size: _borne(size, curve[0]), curve)
    return max(size.cash for size in borne)


def _borne(size: Size, smallest: Size) -> bool:
    return size.total_return >= smallest.total_return * RETURN_KEPT and size.astray <= ASTRAY_MAX


def _size(run: Run, cash: Decimal, share: Floats, smallest: Floats) -> Size:
    costs, held = run.fees + run.costs, float(smallest.mean())
    return Size(
        cash, run.total_return, performance.sharpe(run.daily_returns()).value,
        costs / run.traded * 10_000 if run.traded else 0.0,
        float(np.abs(share - smallest).mean()) / held if held else 0.0,
    )  # fmt: skip
