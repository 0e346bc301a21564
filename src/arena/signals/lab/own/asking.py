"""Asks a strategy what it decides, bar by bar or all at once, without trading by it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import numpy as np

from arena.kit.errors import ArenaError
from arena.signals.lab.bars import Bars, Floats
from arena.signals.lab.engine import ready
from arena.signals.lab.indicators import compute_all
from arena.signals.lab.own.answers import BadAnswer, checked_plan, checked_target
from arena.signals.lab.own.model import StrategyFailed
from arena.signals.lab.own.reading import ReadOnly, check_untouched
from arena.signals.lab.own.source import own_lines, said
from arena.signals.lab.strategy import (
    NoPlan,
    Parameters,
    Plan,
    Planned,
    Strategy,
    Table,
    Target,
    View,
)


@dataclass(frozen=True, slots=True)
class Asked:
    """At the close of `bar`, `weight` being the last target's, it wanted `target`; None where nothing changes."""

    bar: int
    weight: Decimal
    target: Target | None


def ask_by_bar(
    strategy: Strategy,
    parameters: Parameters,
    bars: Bars,
    *,
    only: Mapping[int, Decimal] | None = None,
) -> list[Asked]:
    """Its answers at all bars from the first at which its indicators have values. With `only`, at these bars alone,
    told these weights. Raises StrategyFailed where it raises, or answers what no strategy may."""
    series = compute_all(strategy.indicators(parameters), bars)
    view, lists = _empty_view(bars, series)
    columns = [bars.opens, bars.highs, bars.lows, bars.closes, bars.volumes, *series.values()]
    close_ms = (bars.open_ms + bars.interval_s * 1000).tolist()
    rows = zip(*(column.tolist() for column in columns), strict=True)
    first, weight, asked = ready(series), Decimal(0), []
    for bar, values in enumerate(rows):
        view.close_ms = close_ms[bar]
        for column, value in zip(lists, values, strict=True):
            list.append(column, value)
        if bar < first or (only is not None and bar not in only):
            continue
        weight = weight if only is None else only[bar]
        target = _ask(strategy, (view, lists), parameters, weight)
        if target is not None and target.weight == weight:
            target = None  # not published
        asked.append(Asked(bar, weight, target))
        weight = weight if target is None else target.weight
    return asked


def ask_plan(strategy: Strategy, parameters: Parameters, bars: Bars) -> tuple[Plan, int]:
    """Its plan, and the first bar it counts from. Raises StrategyFailed, and NoPlan where it says that it has none."""
    assert isinstance(strategy, Planned), "it has a plan"
    series = compute_all(strategy.indicators(parameters), bars)
    try:
        plan = strategy.plan(Table(bars, series), MappingProxyType(dict(parameters)))
        return checked_plan(plan, len(bars)), ready(series)
    except (ArenaError, NoPlan):
        raise
    except BadAnswer as nonsense:
        raise StrategyFailed(when="while it planned", why=str(nonsense), lines="") from None
    except Exception as broken:  # the edge: whatever somebody's own strategy raises
        raise _failed(broken, "while it planned", strategy.plan) from broken


def _ask(
    strategy: Strategy, seen: tuple[View, list[ReadOnly]], parameters: Parameters, weight: Decimal
) -> Target | None:
    view, lists = seen
    when = f"at bar {len(view) - 1}"
    try:
        answer = strategy.on_bar(view, MappingProxyType(dict(parameters)), weight)
        check_untouched(view, lists)
        return checked_target(answer)
    except ArenaError:
        raise
    except BadAnswer as nonsense:
        raise StrategyFailed(when=when, why=str(nonsense), lines="") from None
    except Exception as broken:  # the edge: whatever somebody's own strategy raises
        raise _failed(broken, when, strategy.on_bar) from broken


def _failed(broken: Exception, when: str, method: Any) -> StrategyFailed:
    name = getattr(getattr(method, "__code__", None), "co_filename", "")
    return StrategyFailed(when=when, why=said(broken), lines=own_lines(broken, name))


def _empty_view(bars: Bars, series: Mapping[str, Floats]) -> tuple[View, list[ReadOnly]]:
    """A view, and its lists in the order of the columns."""
    view = View(bars.interval_s)
    prices = [ReadOnly() for _ in range(5)]
    view.opens, view.highs, view.lows, view.closes, view.volumes = prices
    indicators = {name: ReadOnly() for name in series}
    view.read(indicators)
    return view, [*prices, *indicators.values()]


def changes_of(plan: Plan, first: int) -> list[tuple[int, float]]:
    """The bars at which the plan changes the target, and the weights it changes it to, in ten-thousandths."""
    enter, hold = np.rint(plan.enter * 10_000), np.rint(plan.hold * 10_000)
    weight, changes = 0.0, []
    for bar in range(first, len(enter)):
        new = float(enter[bar] if weight == 0 else hold[bar])
        if np.isnan(new) or new == weight:
            continue
        if abs(new - weight) >= plan.band_pct * 100 or new == 0 or weight == 0:
            changes.append((bar, new))
            weight = new
    return changes
