"""Where a worker tries configurations: bars, engine and indicators are made ready once, then one after another."""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from math import sqrt
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from arena.kit.errors import ArenaError
from arena.signals.lab.bars import Bars, Floats
from arena.signals.lab.engine import Folds, Machine, Run, day_ends, ready, run_by_bar
from arena.signals.lab.indicators import Indicator, compute_all
from arena.signals.lab.strategy import Parameters, Planned, Strategy, Table, complete
from arena.signals.lab.sweep.files import read_bars, read_document
from arena.trading.venues import Rules

DAYS = 365
SD_MIN = 1e-12
"""A standard deviation below this is the dust of floating point, as in `trading.performance`: no Sharpe ratio."""
_SERIES_BYTES_MAX = 32 * 2**20
_SERIES_MIN = 16
_REASON_LENGTH_MAX = 300


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """A chunk of the sweep in a folder: the numbers of its configurations and their parameters, a row each."""

    folder: str
    sha: str
    part: int
    numbers: NDArray[np.int64]
    names: tuple[str, ...]
    values: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Tried:
    """What came of a chunk, a row for each configuration: figures by name, NaN where there is none; the folds' figures;
    daily returns where they are kept; and why configurations failed, by their row."""

    task: Task
    figures: Mapping[str, Floats]
    folds: Mapping[str, Floats]
    daily: NDArray[np.float32] | None
    failed: Mapping[int, str]


def try_chunk(task: Task, strategy: Strategy) -> Tried:
    """Tries the chunk's configurations one after another. One that raises is told as failed, the others go on."""
    bench = _bench(task.folder, task.sha)
    with bench.lock:
        return bench.chunk(task, strategy)


@lru_cache(maxsize=1)
def _bench(folder: str, sha: str) -> "Bench":
    document = read_document(Path(folder))
    costs = document["rules"]
    return Bench(
        read_bars(Path(folder), document["bars"]),
        rules=Rules(**{**costs, "impact_y": Decimal(costs["impact_y"])}),
        cash=Decimal(document["cash"]),
        ends=document["ends"] or [document["bars"]["count"] - 1],
        keep_daily=document["keep_daily"],
    )


class Bench:
    """One thread at a time works at it."""

    def __init__(
        self, bars: Bars, *, rules: Rules, cash: Decimal, ends: list[int], keep_daily: bool
    ) -> None:
        self.lock = threading.Lock()
        self._bars, self._rules, self._cash, self._ends = bars, rules, cash, ends
        self._keep_daily, self._days = keep_daily, len(day_ends(bars.open_ms, bars.interval_s))
        self._machine = Machine(bars, rules=rules, cash=cash)
        self._series: OrderedDict[Indicator, tuple[Floats, int]] = OrderedDict()
        self._series_max = max(_SERIES_MIN, _SERIES_BYTES_MAX // (8 * len(bars)))

    def chunk(self, task: Task, strategy: Strategy) -> Tried:
        count, folds = len(task.values), len(self._ends)
        names = ("total_return", "drawdown_max", "fills", "sharpe", "turnover", "fees")
        figures = {name: np.full(count, np.nan) for name in names}
        by_fold = {
            name: np.full((count, folds), np.nan)
            for name in ("fold_return", "fold_drawdown", "fold_fills")
        }
        daily = np.full((count, self._days), np.nan, np.float32) if self._keep_daily else None
        failed: dict[int, str] = {}
        for row, values in enumerate(task.values.tolist()):
            try:
                found = self.one(strategy, dict(zip(task.names, values, strict=True)))
            except Exception as raised:  # noqa: BLE001 - the edge of a configuration: the others go on
                failed[row] = _reason(raised)
                continue
            for name, value in self._figures(found).items():
                figures[name][row] = value
            before = np.concatenate(([float(self._cash)], found.equity[:-1]))
            by_fold["fold_return"][row] = found.equity / before - 1
            by_fold["fold_drawdown"][row] = found.drawdown
            by_fold["fold_fills"][row] = found.fills
            if daily is not None:
                daily[row] = found.daily
        return Tried(task, figures, by_fold, daily, failed)

    def one(self, strategy: Strategy, given: Parameters) -> Folds:
        """One configuration. Raises whatever the strategy raises."""
        parameters = complete(strategy, given)
        series, first = self._indicators(strategy.indicators(parameters))
        if isinstance(strategy, Planned):
            plan = strategy.plan(Table(self._bars, series), parameters)
            return self._machine.folds(plan, self._ends, first)
        run = run_by_bar(
            strategy, parameters, self._bars, series, rules=self._rules, cash=self._cash, first=first
        )  # fmt: skip
        return folds_of(run, self._ends)

    def _indicators(self, asked: Mapping[str, Indicator]) -> tuple[dict[str, Floats], int]:
        """The series, those that were computed before taken from there, and the first bar at which all have values."""
        missing = {name: each for name, each in asked.items() if each not in self._series}
        for name, values in compute_all(missing, self._bars).items():
            self._series[missing[name]] = values, ready({name: values})
        found = {}
        for name, each in asked.items():
            found[name] = self._series[each]
            self._series.move_to_end(each)
        while len(self._series) > self._series_max:
            self._series.popitem(last=False)
        return (
            {name: values for name, (values, _) in found.items()},
            max((first for _, first in found.values()), default=0),
        )

    def _figures(self, found: Folds) -> dict[str, float]:
        cash, daily, count = float(self._cash), found.daily, len(found.daily)
        figures = {
            "total_return": float(found.equity[-1]) / cash - 1,
            "drawdown_max": found.drawdown_max,
            "fills": float(found.fills.sum()),
            "fees": found.fees,
        }
        if count:
            mean = float(daily.sum()) / count
            off = daily - mean
            deviation = sqrt(float(off @ off) / (count - 1)) if count > 1 else 0.0
            if deviation >= SD_MIN:
                figures["sharpe"] = mean / deviation * sqrt(DAYS)
            figures["turnover"] = found.traded / found.equity_mean / count * DAYS
        return figures


def folds_of(run: Run, ends: list[int]) -> Folds:
    """What a sweep keeps of a run."""
    first, drawdowns, fills = 0, [], []
    bars = np.array([trade.bar for trade in run.trades], np.int64)
    before = run.cash
    for end in ends:
        levels = np.concatenate(([before], run.equity[first : end + 1]))
        drawdowns.append(float((1 - levels / np.maximum.accumulate(levels)).max()))
        fills.append(float(np.count_nonzero((bars >= first) & (bars <= end))))
        first, before = end + 1, float(run.equity[end])
    return Folds(
        run.equity[ends], np.array(drawdowns), np.array(fills), drawdown_max=run.max_drawdown,
        daily=run.daily_returns(), equity_mean=_mean(run), traded=run.traded, fees=run.fees,
    )  # fmt: skip


def _mean(run: Run) -> float:
    days = day_ends(run.bars.open_ms, run.bars.interval_s)
    return float(run.equity[days].mean()) if len(days) else run.cash


def _reason(raised: Exception) -> str:
    words = str(raised) if isinstance(raised, ArenaError) else f"{type(raised).__name__}: {raised}"
    return " ".join(words.split())[:_REASON_LENGTH_MAX]
