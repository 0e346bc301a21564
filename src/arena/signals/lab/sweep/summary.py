"""What came of a sweep, small enough to send and to draw: the best, the steadiest, heat maps, stability, and luck."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from math import isqrt, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from arena.signals.lab.sweep.stability import across, along, neighbours_median, varied
from arena.signals.lab.sweep.study import Study

if TYPE_CHECKING:
    import polars as pl

METRIC = "sharpe"
BEST_MAX = 20
LOOKED_AT = 200
"""So many of the best are asked for their neighbours, to find the steadiest among them."""
MAPS_MAX, CELLS_MAX, AXIS_MAX, AXIS_MIN = 10, 20_000, 60, 5
VALUES_MAX = 100
PLATEAU = 0.25
"""A plateau's medians keep within this share of the range below the highest."""
DAYS_MIN, BLOCKS, YEAR_DAYS = 32, 16, 365
HALVES_MAX = 40_000_000
"""Choices of blocks times trials: with more, fewer blocks are taken."""
_FIGURES = ("total_return", "drawdown_max", "sharpe", "turnover", "fees")
Row = dict[str, Any]


def summary_of(frame: "pl.DataFrame", study: Study | None = None) -> Row:
    """Of `results(folder)`, as JSON: numbers to four digits, what is not defined None.

    `best` are rows with their parameters, figures and the median Sharpe ratio of their neighbours; `steadiest` is the
    row whose neighbours and itself are best at their worst. `maps` have for each two varied parameters the median over
    all others, rows by `ys`; `xs` and `ys` are the lowest and the highest value of each column and row, and `stability`
    the quartiles along each parameter with its plateau. `luck` needs daily returns: where they were not kept the best
    is run again by the `study`, and the others are counted only.
    """
    import polars as pl

    names = varied(frame)
    every = frame.columns[1 : frame.columns.index("total_return")]
    failed = frame.filter(pl.col("failed").is_not_null())
    found: Row = {
        "version": "1", "metric": METRIC, "configurations": frame.height,
        "distinct": frame.select(every).n_unique(), "failed": failed.height,
        "first_failure": failed.row(0, named=True)["failed"] if failed.height else None,
        "best": [], "steadiest": None, "median": None, "above_zero": None, "maps": [], "stability": [],
        "luck": None,
    }  # fmt: skip
    known = frame.with_row_index("row").drop_nulls(METRIC)
    if not known.height:
        return found
    top = known.sort(METRIC, descending=True, maintain_order=True).head(LOOKED_AT)
    near = neighbours_median(frame, METRIC, top["row"].to_list())
    rows = [_row(row, every, near.get(row["row"])) for row in top.iter_rows(named=True)]
    sharpes = known[METRIC].to_numpy()
    found["best"] = rows[:BEST_MAX]
    found["steadiest"] = max(
        (row for row in rows if row["neighbours"] is not None),
        key=lambda row: min(row["sharpe"], row["neighbours"]), default=None,
    )  # fmt: skip
    found["median"] = _short(float(np.median(sharpes)))
    found["above_zero"] = _short(float((sharpes > 0).mean()))
    found["maps"] = _maps(known, names)
    found["stability"] = [_along(known, name) for name in names]
    if "daily" in frame.columns:
        found["luck"] = _luck(frame, int(top["row"][0]))
    elif study is not None:
        found["luck"] = _luck_by_count(frame.height, daily_of(study, rows[0]["parameters"]))
    return found


def map_frame(drawn: Mapping[str, Any]) -> "pl.DataFrame":
    """One of the summary's maps as a frame that `heat_map_png` draws."""
    import polars as pl

    cells = [
        (low_x, low_y, value)
        for (low_y, _), line in zip(drawn["ys"], drawn["cells"], strict=True)
        for (low_x, _), value in zip(drawn["xs"], line, strict=True)
        if value is not None
    ]
    x, y, values = zip(*cells, strict=True)
    return pl.DataFrame({drawn["x"]: x, drawn["y"]: y, METRIC: values})


def _row(row: Mapping[str, Any], names: Sequence[str], near: float | None) -> Row:
    return {
        "number": row["number"], "parameters": {name: row[name] for name in names},
        "fills": row["fills"], "neighbours": _short(near), **{name: _short(row[name]) for name in _FIGURES},
    }  # fmt: skip


def _maps(known: "pl.DataFrame", names: Sequence[str]) -> list[Row]:
    pairs = list(combinations(names, 2))[:MAPS_MAX]
    if not pairs:
        return []
    # Of a sweep that tried only some of a grid the cells are made so large that few of them are empty.
    full = (
        known.select(names).n_unique() >= np.prod([float(known[n].n_unique()) for n in names]) / 4
    )
    most = min(AXIS_MAX, isqrt(CELLS_MAX // len(pairs)))
    if not full:
        most = max(AXIS_MIN, min(most, isqrt(known.height // 2)))
    return [_map(known, pair, most) for pair in pairs]


def _map(known: "pl.DataFrame", pair: tuple[str, str], most: int) -> Row:
    import polars as pl

    (at_x, xs), (at_y, ys) = (_bins(known[name].to_numpy(), most) for name in pair)
    binned = pl.DataFrame({"x": at_x, "y": at_y, METRIC: known[METRIC]})
    medians = across(binned, ("x", "y"), METRIC)
    cells = [[_short(medians.get((x, y))) for x in range(len(xs))] for y in range(len(ys))]
    return {"x": pair[0], "y": pair[1], "xs": xs, "ys": ys, "cells": cells}


def _along(known: "pl.DataFrame", name: str) -> Row:
    """The plateau is the longest run of values around the best whose medians are near its own."""
    import polars as pl

    at, values = _bins(known[name].to_numpy(), VALUES_MAX)
    curve = along(pl.DataFrame({"at": at, METRIC: known[METRIC]}), "at", METRIC)
    quartiles = [curve[place] for place in range(len(values))]
    middle = [each[1] for each in quartiles]
    least = max(middle) - PLATEAU * (max(middle) - min(middle))
    first = last = int(np.argmax(middle))
    while first > 0 and middle[first - 1] >= least:
        first -= 1
    while last < len(middle) - 1 and middle[last + 1] >= least:
        last += 1
    return {
        "parameter": name, "values": values,
        "low": [_short(each[0]) for each in quartiles], "middle": [_short(each) for each in middle],
        "high": [_short(each[2]) for each in quartiles],
        "plateau": [values[first][0], values[last][1]], "share": _short((last - first + 1) / len(middle)),
    }  # fmt: skip


def _bins(column: NDArray[np.int64], most: int) -> tuple[NDArray[np.int64], list[list[int]]]:
    """In which bin each is, and each bin's lowest and highest value: one for every value where there are no more than
    `most`, else neighbours together."""
    values, ranks = np.unique(column, return_inverse=True)
    count = min(len(values), most)
    place = np.arange(len(values)) * count // len(values)
    bounds = [
        [int(values[place == number][0]), int(values[place == number][-1])]
        for number in range(count)
    ]
    return place[ranks], bounds


def _luck(frame: "pl.DataFrame", best: int) -> Row | None:
    """Deflated Sharpe ratio and probability of overfitting, as `lab.luck` has them; ratios annual."""
    from arena.signals.lab.luck import backtest_overfitting, deflated_sharpe, trial_set

    kept = [daily for daily in frame["daily"].to_list() if daily is not None]
    matrix = np.array(kept, np.float64).T
    if matrix.ndim != 2 or matrix.shape[0] < DAYS_MIN:
        return None
    several = matrix.shape[1] > 1
    trials = trial_set(matrix if several else None, registered=frame.height)
    deflated = deflated_sharpe(np.array(frame["daily"][best].to_list(), np.float64), trials)
    overfitted = backtest_overfitting(matrix, _blocks(matrix.shape[1])) if several else None
    return {
        "trials": frame.height, "days": matrix.shape[0], "effective_trials": _short(trials.effective),
        "deflated_sharpe": _short(deflated.value),
        "luckiest_sharpe": _short(deflated.threshold and deflated.threshold * sqrt(YEAR_DAYS)),
        "overfitting_probability": _short(None if overfitted is None else overfitted.probability),
    }  # fmt: skip


def _luck_by_count(trials: int, daily: "NDArray[np.float64]") -> Row | None:
    """Of the best alone, among so many trials of which nothing else is known."""
    from arena.signals.lab.luck import deflated_sharpe, trial_set

    if len(daily) < DAYS_MIN:
        return None
    counted = trial_set(None, registered=trials)
    deflated = deflated_sharpe(daily, counted)
    return {
        "trials": trials, "days": len(daily), "effective_trials": _short(counted.effective),
        "deflated_sharpe": _short(deflated.value),
        "luckiest_sharpe": _short(deflated.threshold and deflated.threshold * sqrt(YEAR_DAYS)),
        "overfitting_probability": None,
    }  # fmt: skip


def daily_of(study: Study, parameters: Mapping[str, int]) -> "NDArray[np.float64]":
    """The daily returns of one configuration."""
    from arena.signals.lab.sweep.bench import Bench

    bench = Bench(
        study.bars, rules=study.rules, cash=study.cash, ends=list(study.fold_ends), keep_daily=False
    )
    return np.asarray(bench.one(study.strategy, parameters).daily, np.float64)


def _blocks(trials: int) -> int:
    """Sixteen where time allows: there are 12,870 ways to halve them, of ten 252."""
    return BLOCKS if 12_870 * trials <= HALVES_MAX else 10


def _short(value: float | None) -> float | None:
    """To four digits that say something."""
    if value is None or not np.isfinite(value):
        return None
    return float(f"{value:.4g}")
