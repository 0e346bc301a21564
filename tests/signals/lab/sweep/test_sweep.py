"""A sweep comes to what single back-tests come to, whoever does the work, and goes on where it was left."""

import hashlib
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from arena.signals.lab.engine import Machine, ready, run_by_bar
from arena.signals.lab.indicators import compute_all
from arena.signals.lab.strategy import Table
from arena.signals.lab.sweep import (
    BadStudy,
    FolderBusy,
    NoCluster,
    NoStudy,
    OtherStudy,
    Progress,
    Space,
    Study,
    results,
    sweep,
)
from arena.signals.lab.sweep.files import held
from arena.signals.strategists import STRATEGISTS
from arena.trading.performance import sharpe
from arena.trading.venues import Rules
from tests.signals.lab.stage import wandering
from tests.signals.lab.sweep.rules import AtOnce, ByBar, Delicate

BARS = wandering(5, 1_500)
CASH = Decimal(100_000)


def crossing(**changes: object) -> Study:
    cross = STRATEGISTS["moving_average_cross"]
    space = Space.of(
        cross, {"fast_bars": (2, 20, 3), "slow_bars": (10, 80, 10)}, [("fast_bars", "slow_bars")]
    )
    fields = {"bars": BARS, "ends": (499, 999, len(BARS) - 1), "keep_daily": True, **changes}
    return Study(cross, configurations=space, **fields)  # type: ignore[arg-type]  # fields by name


def content(frame: pl.DataFrame) -> str:
    written = BytesIO()
    frame.write_parquet(written)
    return hashlib.sha256(written.getvalue()).hexdigest()


def test_every_figure_is_that_of_a_back_test_of_its_own(tmp_path: Path) -> None:
    study = crossing()
    frame = sweep(study, tmp_path, workers=1)
    assert frame["number"].to_list() == list(range(len(study.listed())))
    machine = Machine(BARS, rules=Rules(), cash=CASH)
    for row, parameters in zip(frame.iter_rows(named=True), study.listed(), strict=True):
        assert {name: row[name] for name in parameters} == parameters
        series = compute_all(study.strategy.indicators(parameters), BARS)
        run = machine.run(study.strategy.plan(Table(BARS, series), parameters), ready(series))  # type: ignore[attr-defined]  # it has one
        assert row["total_return"] == run.total_return
        assert row["drawdown_max"] == pytest.approx(run.max_drawdown, abs=1e-15)
        assert row["fills"] == len(run.trades) == sum(row["fold_fills"])
        assert row["fees"] == run.fees
        daily = run.daily_returns()
        assert row["sharpe"] == pytest.approx(sharpe(daily).value, rel=1e-12)
        assert np.array_equal(np.array(row["daily"], np.float32), daily.astype(np.float32))
        levels = np.concatenate(([float(CASH)], run.equity))
        for fold, (first, end) in enumerate(((0, 500), (500, 1_000), (1_000, len(BARS)))):
            part = levels[first : end + 1]
            fall = (1 - part / np.maximum.accumulate(part)).max()
            assert row["fold_return"][fold] == pytest.approx(part[-1] / part[0] - 1, rel=1e-12)
            assert row["fold_drawdown"][fold] == pytest.approx(fall, abs=1e-15)


def test_a_strategy_without_a_plan_comes_to_the_same_by_the_event_path(tmp_path: Path) -> None:
    slow, quick = (
        sweep(
            Study(rule, BARS.until(600), Space.of(rule, {"bars": [5, 20]}), ends=(299, 599 - 20)),
            tmp_path / kind,
            workers=1,
        )
        for kind, rule in (("slow", ByBar()), ("quick", AtOnce()))
    )
    assert slow["fills"].to_list() == quick["fills"].to_list()
    assert slow["fold_fills"].to_list() == quick["fold_fills"].to_list()
    for name in ("total_return", "drawdown_max", "sharpe", "turnover", "fees"):
        assert slow[name].to_list() == pytest.approx(quick[name].to_list(), rel=1e-9)
    run = run_by_bar(
        ByBar(), {"bars": 20, "pause_ms": 0}, BARS.until(600),
        compute_all(ByBar().indicators({"bars": 20}), BARS.until(600)), rules=Rules(), cash=CASH,
    )  # fmt: skip
    assert slow["drawdown_max"][1] == run.max_drawdown


def test_one_worker_and_two_write_the_same_bytes(tmp_path: Path) -> None:
    one, two = (sweep(crossing(), tmp_path / str(count), workers=count) for count in (1, 2))
    assert content(one) == content(two)
    names = sorted(path.name for path in (tmp_path / "1/parts").iterdir())
    assert len(names) >= 8
    for name in names:
        kept = [(tmp_path / count / "parts" / name).read_bytes() for count in ("1", "2")]
        assert kept[0] == kept[1]


def test_what_is_finished_is_not_done_again(tmp_path: Path) -> None:
    whole = sweep(crossing(), tmp_path, workers=1)
    parts = sorted((tmp_path / "parts").iterdir())
    parts[2].unlink()
    kept = {path: path.stat().st_mtime_ns for path in parts if path != parts[2]}
    assert results(tmp_path).height < whole.height
    told: list[Progress] = []
    again = sweep(crossing(), tmp_path, workers=1, progress=told.append)
    assert content(again) == content(whole)
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert told[0].done == whole.height - (told[-1].done - told[0].done)
    assert told[0].seconds_left is None
    assert (told[-1].done, told[-1].total) == (whole.height, whole.height)


def test_a_configuration_that_breaks_is_told_and_hurts_no_other(tmp_path: Path) -> None:
    rule = Delicate()
    frame = sweep(
        Study(rule, BARS, Space.of(rule, {"bars": (5, 12, 1)}), keep_daily=True),
        tmp_path,
        workers=2,
    )
    fine = sweep(
        Study(AtOnce(), BARS, Space.of(AtOnce(), {"bars": (5, 12, 1)}), keep_daily=True),
        tmp_path / "fine",
        workers=1,
    )
    failed = dict(frame.filter(pl.col("failed").is_not_null()).select("bars", "failed").iter_rows())
    assert failed == {
        7: "ZeroDivisionError: seven is too many",
        11: f"A plan has arrays of shape ({len(BARS) - 1},) where there are {len(BARS)} bars: it must have one value"
        " for each.",
    }
    for name in ("total_return", "sharpe", "fills", "fold_return", "daily"):
        assert frame[name].is_null().to_list() == [bars in failed for bars in range(5, 13)]
    whole = frame["failed"].is_null()
    assert frame.filter(whole).equals(fine.filter(whole))


@pytest.mark.parametrize(
    ("changes", "differs"),
    [
        ({"cash": Decimal(5_000)}, "cash"),
        ({"rules": Rules(fee_taker_bps=11)}, "rules"),
        ({"bars": BARS.until(1_400), "ends": ()}, "bars, ends"),
        ({"keep_daily": False}, "keep_daily"),
        ({"code_version": "0" * 64}, "code_sha"),
    ],
)
def test_a_folder_takes_no_other_study(tmp_path: Path, changes: dict, differs: str) -> None:
    sweep(crossing(), tmp_path, workers=1)
    with pytest.raises(OtherStudy, match=f"its {differs} differs"):
        sweep(crossing(**changes), tmp_path, workers=1)


def test_other_configurations_are_another_study(tmp_path: Path) -> None:
    rule = AtOnce()
    sweep(Study(rule, BARS, Space.of(rule, {"bars": [5, 6]})), tmp_path, workers=1)
    with pytest.raises(OtherStudy, match="its tried differs"):
        sweep(Study(rule, BARS, Space.of(rule, {"bars": [5, 7]})), tmp_path, workers=1)


def test_two_at_once_in_one_folder_are_refused(tmp_path: Path) -> None:
    with held(tmp_path), pytest.raises(FolderBusy):
        sweep(crossing(), tmp_path, workers=1)


def test_an_empty_folder_has_no_results(tmp_path: Path) -> None:
    with pytest.raises(NoStudy):
        results(tmp_path)


@pytest.mark.parametrize("ends", [(5, 5), (9, 3), (-1,), (10_000,)])
def test_ends_of_folds_that_cannot_be_are_refused(ends: tuple[int, ...]) -> None:
    with pytest.raises(BadStudy, match="must rise"):
        crossing(ends=ends)


def test_a_cluster_that_is_not_there_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("arena.signals.lab.sweep.workers.CONNECT_TIMEOUT_S", 1)
    with pytest.raises(NoCluster, match="smoke://here"):
        sweep(crossing(), tmp_path, cluster="smoke://here")
    with pytest.raises(NoCluster, match=r"127\.0\.0\.1:9"):
        sweep(crossing(), tmp_path, cluster="tcp://127.0.0.1:9")
