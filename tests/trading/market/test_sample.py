"""The sample pack is what its notice says."""

import re
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl

from arena.kit.canonical import sha256_hex
from arena.trading import market
from arena.trading.market.sample import FILE, make

NOTICE = FILE.with_name("NOTICE.md").read_text()


def test_the_file_is_the_one_the_notice_names() -> None:
    assert sha256_hex(FILE.read_bytes()) in NOTICE
    assert "MIT License" in NOTICE
    assert FILE.stat().st_size < 300_000


def test_it_has_the_layout_of_the_candle_folders() -> None:
    frame = pl.read_parquet(FILE)
    assert frame.columns == ["ts", "open", "high", "low", "close", "volume"]
    assert frame.dtypes == [pl.Int64, *[pl.Float64] * 5]
    assert frame["ts"].is_sorted()
    assert frame["ts"].is_unique().all()
    assert (frame["ts"] % 900_000 == 0).all()
    assert f"{frame.height:,} bars" in NOTICE


def test_it_keeps_real_gaps_and_bars_without_volume() -> None:
    frame = pl.read_parquet(FILE)
    jumps = frame["ts"].diff().drop_nulls().to_numpy()
    gaps = re.search(r"Gaps: (\d+)", NOTICE)
    assert gaps is not None
    assert int((jumps != 900_000).sum()) == int(gaps[1])
    assert 0.2 < (frame["volume"] == 0).sum() / frame.height < 0.3


def test_every_price_is_on_the_tick_and_every_bar_is_possible() -> None:
    source = market.sample_source()
    (btc,) = source.instruments
    assert (btc.symbol, btc.tick) == ("BTC-USD", Decimal("0.01"))
    for bars in source.bars_from(None):
        (bar,) = bars.candles
        assert bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high
        assert all(btc.on_tick(p) for p in (bar.open, bar.high, bar.low, bar.close))


def test_bars_rise_in_time_and_number_as_many_as_the_file() -> None:
    source = market.sample_source()
    bars = list(source.bars_from(None))
    assert len(bars) == len(source) == pl.read_parquet(FILE).height
    assert all(a.open_at < b.open_at for a, b in pairwise(bars))
    assert (bars[0].open_at, bars[-1].open_at) == (source.pack.first_open, source.pack.last_open)


def test_the_pack_has_the_same_digest_on_every_machine() -> None:
    assert market.sample_source("one").pack.sha == market.sample_source("another").pack.sha


def test_making_it_drops_quotes_of_the_moment_and_running_bars(tmp_path: Path) -> None:
    source, target = tmp_path / "source.csv", tmp_path / "made.parquet"
    source.write_text(
        "Datetime,Open,High,Low,Close,Adj Close,Volume\n"
        "2021-10-27 14:30:00+01:00,100.004,110,90,105,105,1000000\n"
        "2021-10-27 14:45:00+01:00,105,105,105,105,105,5\n"  # still running
        "2021-10-27 14:46:02+01:00,105,105,105,105,105,0\n"  # a quote of the moment
        "2021-10-27 13:30:00+00:00,1,1,1,1,1,1\n"  # known from the earlier download
        "2021-10-27 13:45:00+00:00,105,106,104,105.5,105.5,0\n"
    )
    assert make.make(source, target) == 2
    frame = pl.read_parquet(target)
    assert frame["open"].to_list() == [100.0, 105.0]
    volume = (Decimal(1_000_000) / (Decimal(305) / 3)).quantize(Decimal("1e-8"))
    assert np.isclose(frame["volume"][0], float(volume), rtol=0, atol=0)
