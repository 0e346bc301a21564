"""Walk-forward: parameters are chosen on the past only, then tested on what came after, again and again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from math import isfinite
from typing import Literal

import numpy as np

from arena.kit.errors import Refused
from arena.signals.lab.bars import Bars, Floats
from arena.signals.lab.bounds import UNBOUNDED, Bounds
from arena.signals.lab.engine import Machine, Run, daily_returns, ready, run_by_bar
from arena.signals.lab.indicators import Indicator, compute_all
from arena.signals.lab.strategy import Parameters, Plan, Strategy, Table, plan_of
from arena.signals.lab.walk.scheduled import Scheduled, Stretch
from arena.signals.lab.walk.windows import Cut, Window, windows_of
from arena.trading import performance
from arena.trading.venues import Rules

Objective = Literal["sharpe", "total_return", "calmar"]
Progress = Callable[[int, int], None]
FREE = Rules(fee_maker_bps=0, fee_taker_bps=0, half_spread_bps=0, impact_y=Decimal(0))
"""Without any cost: what is gross of them."""


class NothingToTry(Refused):
    """A walk-forward needs configurations to choose from; name at least one set of parameters of {strategy}."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How to walk: the cut, what is maximised in training, how the account trades, and with how much (quote units)."""

    cut: Cut
    rules: Rules = field(default_factory=Rules)
    cash: Decimal = Decimal(100_000)
    bounds: Bounds = UNBOUNDED
    objective: Objective = "sharpe"
    fills_min: int = 4
    """A configuration with fewer fills in a training is not chosen for it."""


@dataclass(frozen=True, slots=True, eq=False)
class Leg:
    """One window: what was chosen in training with which score (None where nothing qualified and the first
    configuration stood in), and the test's net return, Sharpe ratio (annual), largest drawdown and fills."""

    window: Window
    parameters: Parameters
    score: float | None
    total_return: float
    sharpe: float | None
    max_drawdown: float
    fills: int


@dataclass(frozen=True, slots=True, eq=False)
class Walked:
    """`record` joins the tests: one account that traded through all of them, each with the parameters chosen before it.
    `gross` is the same without any cost. `scores` is configurations by windows, NaN where there is none."""

    legs: tuple[Leg, ...]
    record: Run
    gross: Run
    scores: Floats


def walk_forward(
    strategy: Strategy,
    configurations: Sequence[Parameters],
    bars: Bars,
    terms: Terms,
    *,
    progress: Progress = lambda _done, _total: None,
) -> Walked:
    """Trains every configuration on every window's training, tests the best. `progress` hears of configurations.

    Raises BadWindows, NothingToTry, and what the engines raise.
    """
    if not configurations:
        raise NothingToTry(strategy=strategy.name)
    windows = windows_of(len(bars), terms.cut)
    scores = _train(strategy, configurations, bars, terms, windows=windows, progress=progress)
    chosen = [_best(scores[:, number]) for number in range(len(windows))]
    stretches = [
        Stretch(window.test_first, configurations[choice or 0])
        for window, choice in zip(windows, chosen, strict=True)
    ]
    schedule = Scheduled(strategy, stretches)
    record, gross = (
        _test(
            schedule,
            bars.until(windows[-1].test_end),
            replace(terms, rules=rules),
            windows[0].test_first,
        )
        for rules in (terms.rules, FREE)
    )
    legs = tuple(
        _leg(window, configurations[choice or 0], record, windows[0].test_first,
             score=None if choice is None else float(scores[choice, number]))
        for number, (window, choice) in enumerate(zip(windows, chosen, strict=True))
    )  # fmt: skip
    return Walked(legs, record, gross, scores)


def _train(
    strategy: Strategy,
    configurations: Sequence[Parameters],
    bars: Bars,
    terms: Terms,
    *,
    windows: Sequence[Window],
    progress: Progress,
) -> Floats:
    """The score of each configuration in each training; indicators may look back over its beginning."""
    scores = np.full((len(configurations), len(windows)), np.nan)
    parts = [bars.between(window.train_first, window.train_end) for window in windows]
    machines = [
        Machine(part, rules=terms.rules, cash=terms.cash, bounds=terms.bounds) for part in parts
    ]
    known: dict[Indicator, Floats] = {}
    for row, parameters in enumerate(configurations):
        series = _series(strategy.indicators(parameters), bars, known)
        plan = plan_of(strategy, Table(bars, series), parameters)
        for column, (window, machine) in enumerate(zip(windows, machines, strict=True)):
            first = max(ready(series) - window.train_first, 0)
            if plan is not None:
                run = machine.run(_cut(plan, window.train_first, window.train_end), first)
            else:
                cut = {
                    name: values[window.train_first : window.train_end]
                    for name, values in series.items()
                }
                run = run_by_bar(
                    strategy, parameters, machine.bars, cut, rules=terms.rules, cash=terms.cash, first=first,
                    bounds=terms.bounds,
                )  # fmt: skip
            scores[row, column] = _score(run, terms)
        progress(row + 1, len(configurations))
    return scores


def _series(
    wanted: Mapping[str, Indicator], bars: Bars, known: dict[Indicator, Floats]
) -> dict[str, Floats]:
    """Each distinct indicator is computed once for all configurations."""
    for name, values in compute_all(
        {name: each for name, each in wanted.items() if each not in known}, bars
    ).items():
        known[wanted[name]] = values
    return {name: known[each] for name, each in wanted.items()}


def _cut(plan: Plan, first: int, end: int) -> Plan:
    def part(values: Floats | None) -> Floats | None:
        return None if values is None else values[first:end]

    return Plan(
        plan.enter[first:end], plan.hold[first:end], part(plan.limit_prices), part(plan.stop_prices),
        part(plan.take_profit_prices), plan.valid_bars, plan.band_pct,
    )  # fmt: skip


def _score(run: Run, terms: Terms) -> float:
    """What is maximised; NaN where it is not defined or there were too few fills to judge by."""
    if len(run.trades) < terms.fills_min:
        return np.nan
    if terms.objective == "total_return":
        return run.total_return
    if terms.objective == "calmar":
        return run.total_return / run.max_drawdown if run.max_drawdown else np.nan
    ratio = performance.sharpe(run.daily_returns()).value
    return np.nan if ratio is None else ratio


def _best(scores: Floats) -> int | None:
    """The first of the highest; None where none is a number."""
    if not np.isfinite(scores).any():
        return None
    return int(np.nanargmax(scores))


def _test(schedule: Scheduled, bars: Bars, terms: Terms, first: int) -> Run:
    rules, cash, bounds = terms.rules, terms.cash, terms.bounds
    series = compute_all(schedule.indicators({}), bars)
    plan = plan_of(schedule, Table(bars, series), {})
    if plan is None:
        run = run_by_bar(
            schedule, {}, bars, series, rules=rules, cash=cash, first=first, bounds=bounds
        )
    else:
        machine = Machine(bars, rules=rules, cash=cash, bounds=bounds)
        run = machine.run(plan, max(first, ready(series)))
    return run.since_bar(first)


def _leg(
    window: Window, parameters: Parameters, record: Run, offset: int, *, score: float | None
) -> Leg:
    first, end = window.test_first - offset, window.test_end - offset
    opening = float(record.equity[first - 1]) if first else record.cash
    levels = np.concatenate(([opening], record.equity[first:end]))
    daily = daily_returns(
        record.bars.open_ms[first:end], record.bars.interval_s, record.equity[first:end], opening
    )
    assert score is None or isfinite(score)
    return Leg(
        window, parameters, score, float(levels[-1] / opening - 1), performance.sharpe(daily).value,
        float((1 - levels / np.maximum.accumulate(levels)).max()),
        sum(first <= trade.bar < end for trade in record.trades),
    )  # fmt: skip
