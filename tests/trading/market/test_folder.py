"""A folder of candles: what is chosen of it, what is joined, and what is said where nothing fits."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from arena.kit.canonical import sha256_hex
from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.trading import market
from arena.trading.market.columns import join, read_parquet, resample
from arena.trading.market.folder import open_folder, reopen_folder, scan
from arena.trading.market.model import INTERVALS

DAY_MS = 86_400_000
START_MS = 1_700_006_400_000  # 2023-11-15T00:00Z
Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Writes a file of a plain rising series: bar i of a symbol is the same in whichever file it is found."""

    def write(
        name: str,
        *,
        first_day: float = 0,
        days: float = 100,
        folder: str = "exchange-one",
        shift: float = 0,
    ) -> Path:
        symbol_interval = name.removesuffix(".parquet")
        step_ms = INTERVALS[symbol_interval.rpartition("-")[2]] * 1000
        times = range(
            START_MS + int(first_day * DAY_MS), START_MS + int((first_day + days) * DAY_MS), step_ms
        )
        units = [
            (t - START_MS) // 60_000 for t in times
        ]  # minutes: one price path for every interval
        last = step_ms // 60_000 - 1
        frame = pl.DataFrame(
            {
                "ts": list(times),
                "open": [round(100 + u / 100 + shift, 2) for u in units],
                "high": [round(100 + (u + last) / 100 + shift, 2) for u in units],
                "low": [round(100 + u / 100 + shift, 2) for u in units],
                "close": [round(100 + (u + last) / 100 + shift, 2) for u in units],
                "volume": [1.25 * (last + 1)] * len(units),
            }
        )
        path = tmp_path / "candles" / folder / f"{symbol_interval}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        frame.write_parquet(path)
        return path

    return write


def days_of(source: market.Source) -> tuple[int, int]:
    """First and last bar's open as days after the start."""
    first, last = source.pack.first_open, source.pack.last_open
    assert first is not None
    assert last is not None
    at = datetime.fromtimestamp(START_MS / 1000, UTC)
    return (first - at).days, (last - at).days


def test_well_known_symbols_with_the_latest_common_span_are_chosen(
    make: Make, tmp_path: Path
) -> None:
    for symbol in ("ZZZUSDT", "XRPUSDT", "ETHUSDT", "SOLUSDT", "BTCUSDT"):
        make(f"{symbol}-15m", days=100)
    make("BTCUSDT-15m", folder="exchange-two", first_day=150, days=95)
    source = open_folder(tmp_path)
    assert source.pack.symbols == ("BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT")
    assert days_of(source) == (0, 99)
    assert source.pack.interval_s == 900


def test_finer_bars_are_resampled_to_the_interval_of_choice(make: Make, tmp_path: Path) -> None:
    make("BTCUSDT-5m")
    make("ETHUSDT-15m")
    source = open_folder(tmp_path)
    assert source.pack.interval_s == 900
    first = next(source.bars_from(None))
    assert [c.symbol for c in first.candles] == ["BTCUSDT", "ETHUSDT"]
    btc, eth = first.candles
    assert (btc.open, btc.high, btc.low, btc.close) == (eth.open, eth.high, eth.low, eth.close)
    assert btc.volume == eth.volume == Decimal("18.75")


def test_files_of_one_symbol_are_joined_where_they_touch_or_overlap(
    make: Make, tmp_path: Path
) -> None:
    make("BTCUSDT-15m", days=50)
    make("BTCUSDT-15m", folder="exchange-two", first_day=45, days=40)
    make("BTCUSDT-5m", folder="exchange-three", first_day=85, days=20)
    source = open_folder(tmp_path)
    assert days_of(source) == (0, 104)
    assert len(source.pack.files) == 3
    assert len(source) == 105 * 96


def test_files_that_contradict_each_other_are_not_joined(make: Make, tmp_path: Path) -> None:
    make("BTCUSDT-15m", days=95)
    make("BTCUSDT-15m", folder="exchange-two", first_day=90, days=30, shift=1)
    source = open_folder(tmp_path)
    assert days_of(source) == (0, 94)
    assert [f.path for f in source.pack.files] == ["candles/exchange-one/BTCUSDT-15m.parquet"]


def test_series_of_different_venues_are_never_mixed(make: Make, tmp_path: Path) -> None:
    make("BTCUSDT-15m", days=95)
    make("ETHUSDT-15m", folder="other-one", days=95)
    assert len(open_folder(tmp_path).pack.symbols) == 1


def test_settings_override_symbols_and_interval(make: Make, tmp_path: Path) -> None:
    make("BTCUSDT-5m", days=3)
    make("ETHUSDT-5m", days=2)
    source = open_folder(tmp_path, symbols="ethusdt, BTCUSDT", interval="1h")
    assert source.pack.symbols == ("ETHUSDT", "BTCUSDT")
    assert source.pack.interval_s == 3600
    assert days_of(source) == (0, 1)


def test_unknown_names_are_answered_with_what_is_there(make: Make, tmp_path: Path) -> None:
    make("BTCUSDT-15m")
    with pytest.raises(market.NoPrices, match="DOGEUSDT is not in the folder, which holds BTCUSDT"):
        open_folder(tmp_path, symbols="DOGEUSDT")
    with pytest.raises(market.NoPrices, match=r"bars of 5m cannot be made .*: 15m"):
        open_folder(tmp_path, interval="5m")
    with pytest.raises(market.NoPrices, match="bars of 7m cannot"):
        open_folder(tmp_path, interval="7m")


def test_too_short_a_span_is_played_only_when_asked_for(make: Make, tmp_path: Path) -> None:
    make("BTCUSDT-15m", days=30)
    with pytest.raises(market.NoPrices, match="ARENA_SYMBOLS"):
        open_folder(tmp_path)
    assert days_of(open_folder(tmp_path, symbols="BTCUSDT")) == (0, 29)


def test_an_empty_or_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(market.NoPrices, match="holds no"):
        scan(tmp_path)
    with pytest.raises(market.NoPrices, match="not a folder"):
        scan(tmp_path / "nowhere")


def test_one_broken_file_does_not_spoil_the_others(make: Make, tmp_path: Path) -> None:
    make("BTCUSDT-15m")
    (tmp_path / "candles" / "exchange-one" / "ETHUSDT-15m.parquet").write_bytes(b"broken")
    assert open_folder(tmp_path).pack.symbols == ("BTCUSDT",)


def test_a_symbol_without_a_bar_is_absent_from_the_step(make: Make, tmp_path: Path) -> None:
    make("BTCUSDT-15m", days=100)
    path = make("ETHUSDT-15m", days=100)
    frame = pl.read_parquet(path)
    frame.filter(pl.col("ts") != frame["ts"][3]).write_parquet(path)
    steps = open_folder(tmp_path).bars_from(None)
    held = [[c.symbol for c in next(steps).candles] for _ in range(5)]
    assert held == [["BTCUSDT", "ETHUSDT"]] * 3 + [["BTCUSDT"]] + [["BTCUSDT", "ETHUSDT"]]


def test_the_pack_names_each_file_with_its_digest_and_not_the_machine(
    make: Make, tmp_path: Path
) -> None:
    path = make("BTCUSDT-15m")
    pack = open_folder(tmp_path).pack
    assert pack.files == (
        market.PackFile("candles/exchange-one/BTCUSDT-15m.parquet", sha256_hex(path.read_bytes())),
    )
    assert str(tmp_path) not in str(pack.manifest())
    path.rename(tmp_path / "BTCUSDT-15m.parquet")
    assert open_folder(tmp_path).pack.sha != pack.sha


def test_a_tape_goes_on_with_its_own_files_though_new_ones_came(make: Make, tmp_path: Path) -> None:
    make("BTCUSDT-15m")
    begun = open_folder(tmp_path)
    make("BTCUSDT-15m", folder="exchange-two", first_day=100, days=100)
    make("ETHUSDT-15m")
    again = reopen_folder(tmp_path, begun.pack)
    assert again.pack.sha == begun.pack.sha
    assert list(again.bars_from(None)) == list(begun.bars_from(None))


async def test_settings_that_name_what_is_played_change_nothing_on_a_restart(
    make: Make, tmp_path: Path, db: Database, settings: Settings
) -> None:
    make("BTCUSDT-15m")
    at_folder = settings.model_copy(update={"source": "folder", "data": tmp_path})
    async with db.transaction() as tx:
        tape = await market.open_tape(tx, market.choose_source(at_folder), "max")
    make("BTCUSDT-15m", folder="exchange-two", first_day=100, days=100)
    named = at_folder.model_copy(update={"symbols": "btcusdt", "interval": "15m"})
    for same in (at_folder, named):
        assert market.choose_source(same, tape).pack.sha == tape.pack_sha
    other = at_folder.model_copy(update={"interval": "1h"})
    async with db.transaction() as tx:
        with pytest.raises(market.PackChanged):
            await market.open_tape(tx, market.choose_source(other, tape), "max")


def test_a_tape_whose_file_was_changed_is_not_played_on(make: Make, tmp_path: Path) -> None:
    path = make("BTCUSDT-15m")
    begun = open_folder(tmp_path)
    make("BTCUSDT-15m", shift=1)
    with pytest.raises(market.PackChanged, match="not the file it was"):
        reopen_folder(tmp_path, begun.pack)
    path.unlink()
    with pytest.raises(market.PackChanged):
        reopen_folder(tmp_path, begun.pack)


def test_the_large_packs_give_four_well_known_symbols(shared_data: Path) -> None:
    source = open_folder(shared_data)
    assert source.pack.symbols == ("BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT")
    first, last = source.pack.first_open, source.pack.last_open
    assert first is not None
    assert last is not None
    assert (last - first).days >= 90
    manifest = {f["file"]: f["sha256"] for f in _manifest(shared_data)}
    assert all(manifest[f.path] == f.sha256 for f in source.pack.files)


def test_a_real_outage_stays_a_gap(shared_data: Path) -> None:
    source = open_folder(
        shared_data / "candles" / "binance-spot-lucaforni", symbols="BTCUSDT", interval="5m"
    )
    opens = [b.open_at for b in source.bars_from(None)]
    gaps = [(b - a).total_seconds() for a, b in pairwise(opens)]
    assert [g / 300 - 1 for g in gaps if g != 300] == [16]


def test_fifteen_minutes_made_of_five_equal_those_the_exchange_made(shared_data: Path) -> None:
    folder = shared_data / "candles"
    theirs = read_parquet(folder / "binance-spot-xylotech" / "ETHUSDT-15m.parquet", 900)
    fine = read_parquet(folder / "binance-spot-genetrader" / "ETHUSDT-5m.parquet", 300)
    joined = join(theirs, resample(fine, 900))  # None where a single bar differs
    assert joined is not None
    shared = len(theirs) + len(fine) // 3 - len(joined)
    assert shared > 5_000
    at = set(theirs.times.tolist()) & set(resample(fine, 900).times.tolist())
    volumes = [
        {t: v for t, v in zip(c.times.tolist(), c.volume.tolist(), strict=True) if t in at}
        for c in (
            theirs.with_digits(8, 8),
            resample(fine, 900).with_digits(8, 8),
        )
    ]
    assert volumes[0] == volumes[1]


def _manifest(folder: Path) -> list[dict[str, str]]:
    import json

    listed: list[dict[str, str]] = json.loads((folder / "manifest.json").read_text())
    return listed
