"""The quality report counts what is there; the large packs' own manifest is the oracle."""

import json
from pathlib import Path

import polars as pl
import pytest

from arena.trading import market
from arena.trading.market.model import INTERVALS, BadPriceFile


def write(
    path: Path, rows: list[tuple[int | None, float, float, float, float, float | None]]
) -> Path:
    names = ["ts", "open", "high", "low", "close", "volume"]
    pl.DataFrame(rows, schema=names, orient="row").write_parquet(path)
    return path


def test_every_fault_is_counted(tmp_path: Path) -> None:
    minute = 60_000
    path = write(
        tmp_path / "X-1m.parquet",
        [
            (0, 2.0, 3.0, 1.0, 2.0, 5.0),
            (minute, 2.0, 3.0, 1.0, 2.0, 0.0),
            (minute, 2.0, 3.0, 1.0, 2.0, 0.0),  # twice
            (4 * minute, 2.0, 3.0, 1.0, 2.0, 1.0),  # two bars missing before
            (
                3 * minute + 1,
                2.0,
                1.5,
                1.0,
                2.0,
                1.0,
            ),  # out of order, off the minute, high below open
            (9 * minute, 2.0, 3.0, 1.0, 2.0, None),  # no volume told
        ],
    )
    found = market.quality(path, 60)
    assert (found.bars, found.duplicates, found.unsorted, found.misaligned) == (6, 1, 1, 1)
    assert (found.impossible, found.zero_volume) == (2, 2)
    assert (found.gaps, found.missing, found.gap_bars_max) == (2, 5, 4)
    assert not found.playable


def test_gaps_and_quiet_bars_do_not_keep_a_file_from_being_played() -> None:
    found = market.quality(market.SAMPLE_FILE, 900)
    assert found.playable
    assert (found.gaps, found.missing, found.gap_bars_max, found.zero_volume) == (9, 244, 223, 2078)


def test_what_is_no_candle_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "X-1m.parquet"
    pl.DataFrame({"a": [1]}).write_parquet(path)
    with pytest.raises(BadPriceFile):
        market.quality(path, 60)


def test_the_report_agrees_with_the_manifest_of_the_large_packs(shared_data: Path) -> None:
    compared = 0
    for entry in json.loads((shared_data / "manifest.json").read_text()):
        if entry["kind"] != "candles" or not entry["file"].startswith("candles/"):
            continue
        found = market.quality(shared_data / entry["file"], INTERVALS[entry["interval"]])
        assert (found.bars, found.gaps, found.missing, found.zero_volume) == (
            entry["rows"], entry["gaps"], entry["missing_bars"], entry["zero_volume_bars"],
        ), entry["file"]  # fmt: skip
        assert found.playable
        compared += 1
    assert compared > 100
