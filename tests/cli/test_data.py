"""`arena data` says what is there, how good it is, and how it must look."""

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from arena.cli.data import app
from arena.kit.settings import Settings
from arena.trading import market

runner = CliRunner()


@pytest.fixture(autouse=True)
def _wide_and_of_no_environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")


def test_without_a_folder_the_sample_is_listed() -> None:
    answer = runner.invoke(app, ["list"])
    assert answer.exit_code == 0
    assert "BTC-USD" in answer.output
    assert "8,684" in answer.output
    assert market.sample_source().pack.sha in answer.output.replace("\n", "")


def test_a_good_folder_passes_the_check() -> None:
    answer = runner.invoke(app, ["check"])
    assert answer.exit_code == 0
    assert "2,078" in answer.output
    assert "can be played" in answer.output


def test_a_file_with_faults_fails_the_check(tmp_path: Path) -> None:
    frame = pl.read_parquet(market.SAMPLE_FILE)
    pl.concat([frame, frame.tail(3)]).write_parquet(tmp_path / "BTC-USD-15m.parquet")
    answer = runner.invoke(app, ["check", "--folder", str(tmp_path)])
    assert answer.exit_code == 1
    assert "3 twice" in answer.output
    assert "1 of 1 files cannot be played" in answer.output


def test_the_report_is_told_to_programs_too(tmp_path: Path) -> None:
    minutes = [
        (n * 900_000, 100.0, 101.0, 99.0, 100.0 + n % 2 / 10, 5.0) for n in range(40) if n != 7
    ]
    minutes[20] = (minutes[20][0], 100.0, 160.0, 99.0, 100.0, 0.0)
    names = ["ts", "open", "high", "low", "close", "volume"]
    pl.DataFrame(minutes, schema=names, orient="row").write_parquet(
        tmp_path / "BTCUSDT-15m.parquet"
    )
    answer = runner.invoke(
        app, ["check", str(tmp_path), "--json"], env={"ARENA_SYMBOLS": "BTCUSDT"}
    )
    assert answer.exit_code == 0
    report = json.loads(answer.stdout)
    (file,) = report["files"]
    assert {name: file[name] for name in ("bars", "gaps", "missing", "outliers", "zero_volume", "duplicates")} == {
        "bars": 39, "gaps": 1, "missing": 1, "outliers": 1, "zero_volume": 1, "duplicates": 0,
    }  # fmt: skip
    assert (file["symbol"], file["interval"], file["playable"]) == ("BTCUSDT", "15m", True)
    played = market.open_folder(tmp_path, symbols="BTCUSDT").pack
    assert report["pack"] == {"sha": played.sha, "manifest": played.manifest()}


def test_an_empty_folder_is_answered_with_advice(tmp_path: Path) -> None:
    answer = runner.invoke(app, ["list", "--folder", str(tmp_path)])
    assert isinstance(answer.exception, market.NoPrices)
    assert "ARENA_DATA" in str(answer.exception)


def test_the_format_is_told_with_all_intervals_in_eighty_columns() -> None:
    answer = runner.invoke(app, ["format"])
    assert all(name in answer.output for name in market.INTERVALS)
    assert max(map(len, answer.output.splitlines())) <= 80
