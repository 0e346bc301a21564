"""`arena lab sweep`: what it shows, where it leaves it, and how it goes on."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from arena.cli.main import app
from tests.signals.lab.stage import wandering

SWEEP = ["lab", "sweep", "--symbol", "BTCUSDT", "--interval", "1h", "--workers", "1"]
GRID = ["--set", "fast_bars=5:15:5", "--set", "slow_bars=10,20,40", "--less", "fast_bars,slow_bars"]


@pytest.fixture
def candles(tmp_path: Path) -> Path:
    bars = wandering(2, 700, gaps=0.0)
    path = tmp_path / "BTCUSDT-1h.parquet"
    pl.DataFrame({
        "ts": bars.open_ms, "open": bars.opens, "high": bars.highs, "low": bars.lows, "close": bars.closes,
        "volume": np.round(bars.volumes, 5),
    }).write_parquet(path)  # fmt: skip
    return path


def run(*words: str) -> str:
    told = CliRunner().invoke(app, [*SWEEP, *words], catch_exceptions=False)
    assert told.exit_code == 0, told.output
    return " ".join(told.output.split())


def refused(*words: str) -> str:
    told = CliRunner().invoke(app, [*SWEEP, *words])
    assert told.exception is not None
    return str(told.exception)


def test_it_shows_the_best_with_their_neighbours_and_says_what_that_is_worth(
    tmp_path: Path, candles: Path
) -> None:
    out = tmp_path / "out"
    told = run("--data", str(candles), *GRID, "--out", str(out))
    assert "The best 7 of 7 by Sharpe ratio" in told
    assert "The best of 7 is not a forecast" in told
    assert "nobody counts these trials: --arena and --key" in told
    for name in ("heat_map.png", "stability-fast_bars.png", "stability-slow_bars.png"):
        assert (out / name).read_bytes().startswith(b"\x89PNG")
    (next((out / "parts").iterdir())).unlink()
    assert "The best 7 of 7" in run("--resume", "--out", str(out))


def test_a_search_and_random_ones_are_swept_too(tmp_path: Path, candles: Path) -> None:
    wide = [
        "--data",
        str(candles),
        "--set",
        "fast_bars=2:40",
        "--set",
        "slow_bars=50:99",
        "--seed",
        "3",
    ]
    assert "of 12 by" in run(*wide, "--random", "12", "--out", str(tmp_path / "random"))
    assert "of 16 by" in run(*wide, "--optimise", "16", "--out", str(tmp_path / "search"))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--set", "fast_bars=few"], "is not name=low:high:step"),
        (["--set", "fast_bars=1:2:3:4"], "is not name=low:high:step"),
        (["--set", "fast=5"], "it has no fast, only fast_bars (1 to 5000)"),
        (["--less", "fast_bars"], "is no pair of parameters"),
        (["--model", "astrology"], "astrology"),
        (["--interval", "7m"], "7m"),
        (["--resume"], "holds no sweep to go on with"),
    ],
)
def test_what_cannot_be_swept_is_said(
    tmp_path: Path, candles: Path, words: list[str], told: str
) -> None:
    assert told in refused("--data", str(candles), "--out", str(tmp_path / "out"), *words)
