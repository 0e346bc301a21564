"""What is kept of a sweep: the best and the steadiest, maps that fit, plateaus, and how much of it is luck."""

import json
from itertools import product
from pathlib import Path

import numpy as np
import polars as pl

from arena.signals.lab.sweep import Space, Study, heat_map_png, map_frame, summary_of, sweep
from arena.signals.lab.sweep.summary import AXIS_MAX, CELLS_MAX
from arena.signals.strategists import strategist
from tests.signals.lab.stage import wandering


def frame(
    sharpe: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]", daily: bool = False
) -> pl.DataFrame:
    """Of two parameters, `a` from 10 by 5 and `b` from 0: a Sharpe ratio each, NaN where it failed."""
    chance = np.random.default_rng(4)
    rows = []
    for number, (a, b) in enumerate(product(range(sharpe.shape[0]), range(sharpe.shape[1]))):
        value = float(sharpe[a, b])
        failed = bool(np.isnan(value))
        row = {
            "number": number, "a": 10 + 5 * a, "b": b, "still": 3, "total_return": None if failed else value / 4,
            "drawdown_max": None if failed else 0.2, "fills": None if failed else 12,
            "sharpe": None if failed else value, "turnover": None if failed else 3.0,
            "fees": None if failed else 10.0,
        }  # fmt: skip
        if daily:
            returns = chance.normal(value / 19 / 100, 0.01, 400)
            row["daily"] = None if failed else returns.tolist()
        rows.append({**row, "failed": "it broke" if failed else None})
    return pl.DataFrame(rows, schema_overrides={"failed": pl.String}, infer_schema_length=None)


def hill(wide: int, tall: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
    a, b = np.meshgrid(np.arange(wide), np.arange(tall), indexing="ij")
    return 1.5 - np.abs(a - 2) / 4 - np.abs(b - 3) / 4


def test_a_lucky_peak_is_best_and_the_hill_is_steadiest() -> None:
    sharpe = hill(8, 7)
    sharpe[7, 6] = 3.0
    sharpe[0, 6] = np.nan
    told = summary_of(frame(sharpe))
    assert told["best"][0]["parameters"] == {"a": 45, "b": 6, "still": 3}
    assert told["steadiest"]["parameters"] == {"a": 20, "b": 3, "still": 3}
    assert told["steadiest"]["neighbours"] < told["steadiest"]["sharpe"] == 1.5
    assert (told["configurations"], told["distinct"], told["failed"]) == (56, 56, 1)
    assert told["first_failure"] == "it broke"
    assert told["luck"] is None
    json.dumps(told, allow_nan=False)


def test_its_maps_and_curves_are_those_of_the_results() -> None:
    told = summary_of(frame(hill(8, 7)))
    [drawn] = told["maps"]
    assert (drawn["x"], drawn["y"]) == ("a", "b")
    assert drawn["xs"][0] == [10, 10]
    assert drawn["cells"][3][2] == 1.5
    assert (len(drawn["cells"]), len(drawn["cells"][0])) == (7, 8)
    a, b = told["stability"]
    assert a["plateau"][0] <= 20 <= a["plateau"][1]
    assert b["middle"] == [round(float(v), 4) for v in np.median(hill(8, 7), axis=0)]
    png = heat_map_png(map_frame(drawn), ("a", "b"), "sharpe")
    assert png.startswith(b"\x89PNG")


def test_a_large_grid_is_put_into_cells_that_fit() -> None:
    told = summary_of(frame(hill(150, 90)))
    [drawn] = told["maps"]
    assert len(drawn["xs"]) == len(drawn["ys"]) == AXIS_MAX
    assert len(drawn["xs"]) * len(drawn["ys"]) <= CELLS_MAX
    assert [drawn["xs"][0][0], drawn["xs"][-1][1]] == [10, 755]
    assert all(one[1] < other[0] for one, other in zip(drawn["xs"], drawn["xs"][1:], strict=False))
    assert len(json.dumps(told)) < 200_000


def test_daily_returns_say_how_much_is_luck() -> None:
    noise = summary_of(frame(np.zeros((6, 5)), daily=True))["luck"]
    planted = np.zeros((6, 5))
    planted[2, 2] = 4.0
    found = summary_of(frame(planted, daily=True))["luck"]
    assert (noise["trials"], noise["days"]) == (30, 400)
    assert noise["deflated_sharpe"] is not None
    assert found["deflated_sharpe"] > 0.9
    assert 0 <= found["overfitting_probability"] < 0.2


def test_without_daily_returns_the_best_is_run_again_and_the_others_are_counted(
    tmp_path: Path,
) -> None:
    strategy = strategist("moving_average_cross")
    space = Space.of(strategy, {"fast_bars": [5, 10], "slow_bars": [20, 40, 80]})
    bars = wandering(3, 1_500, gaps=0.0)
    kept, lean = (Study(strategy, bars, space, keep_daily=daily) for daily in (True, False))
    best = summary_of(sweep(kept, tmp_path / "kept", workers=1))
    again = summary_of(sweep(lean, tmp_path / "lean", workers=1), lean)
    assert again["best"] == best["best"]
    assert (again["luck"]["trials"], again["luck"]["days"]) == (6, best["luck"]["days"])
    assert again["luck"]["overfitting_probability"] is None
    assert 0 <= again["luck"]["deflated_sharpe"] <= 1


def test_nothing_that_worked_is_a_summary_too() -> None:
    told = summary_of(frame(np.full((2, 2), np.nan)))
    assert (told["best"], told["steadiest"], told["maps"], told["failed"]) == ([], None, [], 4)
