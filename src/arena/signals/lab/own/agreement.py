"""A plan must decide as `on_bar` does: same bars, same weights, same prices with each entry."""

import math
from decimal import Decimal

from arena.kit.clock import from_ms, iso_ms
from arena.signals.lab.bars import Bars, Floats
from arena.signals.lab.own.asking import ask_by_bar, ask_plan, changes_of
from arena.signals.lab.own.model import PlanDisagrees
from arena.signals.lab.own.words import TOLERANCE, planned_words, told
from arena.signals.lab.strategy import Parameters, Plan, Strategy, Target, complete


def check_plan(strategy: Strategy, parameters: Parameters, bars: Bars) -> int:
    """How many changes of target both came to. Raises PlanDisagrees with the first bar, BadParameters, and whatever the
    strategy itself is at fault in."""
    chosen = complete(strategy, parameters)
    plan, first = ask_plan(strategy, chosen, bars)
    planned = changes_of(plan, first)
    by_bar = [
        (a.bar, a.weight, a.target)
        for a in ask_by_bar(strategy, chosen, bars)
        if a.target is not None
    ]
    for at in range(max(len(planned), len(by_bar))):
        bar = min(changes[at][0] for changes in (planned, by_bar) if at < len(changes))
        weight = planned[at][1] if at < len(planned) and planned[at][0] == bar else None
        before, target = (
            by_bar[at][1:] if at < len(by_bar) and by_bar[at][0] == bar else (None, None)
        )
        if target is None or weight is None or not _agree(plan, bar, weight, before, target):
            raise PlanDisagrees(
                strategy=strategy.name, bar=bar, by_bar=told(target),
                at=iso_ms(from_ms(int(bars.open_ms[bar]) + bars.interval_s * 1000)),
                planned="no change" if weight is None
                else f"weight {weight / 10_000:.4f} ({planned_words(plan, bar)})",
            )  # fmt: skip
    return len(by_bar)


def _agree(plan: Plan, bar: int, weight: float, before: Decimal | None, target: Target) -> bool:
    if round(float(target.weight) * 10_000) != weight:
        return False
    prices = (
        (target.limit_price, plan.limit_prices),
        (target.stop_price, plan.stop_prices),
        (target.take_profit_price, plan.take_profit_prices),
    )
    if before:
        # Prices of a plan go with entries only.
        return all(price is None for price, _ in prices)
    if target.limit_price is not None and target.valid_bars != plan.valid_bars:
        return False
    return all(_same(price, array, bar) for price, array in prices)


def _same(price: float | None, array: Floats | None, bar: int) -> bool:
    planned = math.nan if array is None else float(array[bar])
    if price is None:
        return not planned > 0
    return math.isclose(price, planned, rel_tol=TOLERANCE)
