"""How much money a strategy bears: the same decisions with ever larger accounts.

Impact grows with the square root of the size, and participation is bounded (record.md, sections 3 and 4): a large
account pays more, and does not get what it wants when it wants it. Its return may even be higher by that accident, so
capacity asks for both: half of the small account's return, and nine tenths of the position that was wanted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import takewhile

from arena.signals.lab.bars import Bars
from arena.signals.lab.engine import Machine, Run
from arena.signals.lab.engine.units import TooLarge
from arena.signals.lab.strategy import Plan
from arena.trading.performance import sharpe
from arena.trading.venues import Rules

RETURN_KEPT = 0.5
POSITION_REACHED = 0.9
SIZES = tuple(Decimal(10**power) for power in range(4, 10))


@dataclass(frozen=True, slots=True)
class Size:
    """What an account of `cash` (quote units) would have made: net return, Sharpe (annual), and all costs in bps of
    what was traded."""

    cash: Decimal
    total_return: float
    sharpe: float | None
    cost_bps: float
    reached: float
    """The position there was as a share of the one wanted, over all bars; 1 where none was wanted."""


def capacity_curve(
    plan: Plan, bars: Bars, *, rules: Rules, first: int = 0, sizes: Sequence[Decimal] = SIZES
) -> list[Size]:
    """One row a size, smallest first; sizes too large to count are left out."""
    found = []
    for cash in sorted(sizes):
        try:
            run = Machine(bars, rules=rules, cash=cash).run(plan, first)
        except TooLarge:
            break
        found.append(_size(run, cash))
    return found


def capacity(curve: Sequence[Size]) -> Decimal | None:
    """The largest size on the curve up to which all keep half of the smallest one's return, and the position they want;
    None where the smallest lost."""
    if not curve or curve[0].total_return <= 0:
        return None
    borne = takewhile(lambda size: _borne(size, curve[0]), curve)
    return max(size.cash for size in borne)


def _borne(size: Size, smallest: Size) -> bool:
    kept = size.total_return >= smallest.total_return * RETURN_KEPT
    return kept and size.reached >= smallest.reached * POSITION_REACHED


def _size(run: Run, cash: Decimal) -> Size:
    costs = run.fees + run.costs
    wanted = float((run.weights * run.equity).sum())
    return Size(
        cash, run.total_return, sharpe(run.daily_returns()).value,
        costs / run.traded * 10_000 if run.traded else 0.0,
        float(run.exposure.sum()) / wanted if wanted else 1.0,
    )  # fmt: skip
