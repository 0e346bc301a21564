"""Decisions in few words, and the first bar at which two plans differ."""

import numpy as np

from arena.signals.lab.bars import Floats
from arena.signals.lab.strategy import Plan, Target

TOLERANCE = 1e-9
"""Sums over arrays of other lengths may round otherwise in the last places; a peek moves more than that."""
_PRICES = (
    ("limit", "limit_prices", "limit_price"),
    ("stop", "stop_prices", "stop_price"),
    ("take profit", "take_profit_prices", "take_profit_price"),
)


def told(target: Target | None) -> str:
    """A target without the reasons that do not move money."""
    if target is None:
        return "no change"
    prices = "".join(
        f", {word} {price:.10g}"
        for word, _, name in _PRICES
        if (price := getattr(target, name)) is not None
    )
    return f"weight {target.weight:f}, confidence {target.confidence:f}{prices} ({target.rationale[:120]})"


def planned_words(plan: Plan, bar: int) -> str:
    """A plan at a bar."""
    words = [
        f"{word} {values[bar]:.10g}"
        for word, values in (("enter", plan.enter), ("hold", plan.hold))
        if not np.isnan(values[bar])
    ]
    words += [
        f"{word} {prices[bar]:.10g}"
        for word, name, _ in _PRICES
        if (prices := getattr(plan, name)) is not None and not np.isnan(prices[bar])
    ]
    return ", ".join(words) or "no change"


def first_difference(one: Plan, other: Plan, first: int, end: int) -> int | None:
    """The first bar from `first` up to, not including, `end` at which they differ; None where there is none."""
    if (one.valid_bars, one.band_pct) != (other.valid_bars, other.band_pct):
        return first
    span = slice(first, end)
    differs = _differ(one.enter[span], other.enter[span]) | _differ(
        one.hold[span], other.hold[span]
    )
    entries = ~np.isnan(one.enter[span])
    for _, name, _ in _PRICES:
        prices, others = getattr(one, name), getattr(other, name)
        if prices is None or others is None:
            differs |= entries & ((prices is None) != (others is None))
        else:
            differs |= entries & _differ(prices[span], others[span])
    return first + int(np.argmax(differs)) if differs.any() else None


def _differ(one: Floats, other: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return ~np.isclose(one, other, rtol=TOLERANCE, atol=0, equal_nan=True)
