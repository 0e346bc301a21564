"""`arena data fetch` over a socket: whole packs, the same bytes however often it was interrupted."""

import json
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from arena.cli.data import app
from arena.kit.canonical import sha256_hex
from arena.kit.clock import from_ms, iso_ms
from arena.kit.settings import Settings
from arena.trading import market
from arena.trading.market import fetch
from tests.cli.command import ARENA, environment
from tests.trading.market.binance_server import MINUTE_MS, START_MS, BinanceServer

runner = CliRunner()
BARS = 5_200
FIRST = from_ms(START_MS - BARS * MINUTE_MS)


@pytest.fixture
def exchange() -> Iterator[BinanceServer]:
    with BinanceServer() as server:
        server.stood_still = range(START_MS - 900 * MINUTE_MS, START_MS - 840 * MINUTE_MS)
        yield server


@pytest.fixture(autouse=True)
def _of_no_environment(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")


def arguments(exchange: BinanceServer, folder: Path, *symbols: str) -> list[str]:
    return [
        "fetch", *(symbols or ("BTCUSDT",)), "--interval", "1m", "--from", iso_ms(FIRST), "--url", exchange.rest_url,
        "--folder", str(folder),
    ]  # fmt: skip


def file_of(folder: Path, symbol: str = "BTCUSDT", interval: str = "1m") -> Path:
    return folder / "candles" / "binance-spot-rest" / f"{symbol}-{interval}.parquet"


def test_a_pack_is_fetched_and_can_be_played(exchange: BinanceServer, tmp_path: Path) -> None:
    answer = runner.invoke(app, arguments(exchange, tmp_path, "BTCUSDT", "ethusdt"))
    assert answer.exit_code == 0, answer.output
    for symbol in ("BTCUSDT", "ETHUSDT"):
        rows = list(pl.read_parquet(file_of(tmp_path, symbol)).iter_rows())
        assert len(rows) == BARS - 60
        for at in (0, 1700, -1):
            ms, *numbers = rows[at]
            assert numbers == [float(text) for text in exchange.candle(symbol, ms)]
    source = market.open_folder(tmp_path, symbols="BTCUSDT,ETHUSDT", interval="1m")
    assert f"pack_sha {source.pack.sha}" in answer.output
    manifest = tmp_path / "packs" / f"{source.pack.sha}.json"
    assert sha256_hex(manifest.read_bytes()) == source.pack.sha
    assert json.loads(manifest.read_bytes()) == source.pack.manifest()
    assert len(source) == BARS - 60
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.venues
def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(
    exchange: BinanceServer, tmp_path: Path
) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert runner.invoke(app, arguments(exchange, whole)).exit_code == 0
    pages = exchange.requests.count("klines")
    exchange.requests.clear()
    exchange.slow_s = 0.3
    command = [ARENA, "data", *arguments(exchange, killed)]
    process = subprocess.Popen(
        command, env=environment(tmp_path), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    part = file_of(killed).with_name("BTCUSDT-1m.parquet.part")
    for _ in range(600):
        if part.is_file() and part.read_bytes().count(b"\n") >= 3:  # what was asked, and two pages
            break
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    assert not file_of(killed).exists()
    with part.open("ab") as file:
        file.write(b'{"next": 12, "rows"')  # torn
    exchange.slow_s = 0
    exchange.close_bars(7)  # time has gone on; the end stays the one of the first run
    before = exchange.requests.count("klines")
    assert runner.invoke(app, arguments(exchange, killed)).exit_code == 0
    assert exchange.requests.count("klines") - before <= pages - 2
    assert file_of(killed).read_bytes() == file_of(whole).read_bytes()
    assert not part.exists()


def test_another_span_begins_anew(exchange: BinanceServer, tmp_path: Path) -> None:
    target = file_of(tmp_path)
    target.parent.mkdir(parents=True)
    part = target.with_name(target.name + ".part")
    part.write_bytes(
        b'{"symbol":"BTCUSDT","interval_s":60,"first":1,"end":2}\n{"next":5,"rows":[]}\n'
    )
    assert runner.invoke(app, arguments(exchange, tmp_path)).exit_code == 0
    assert pl.read_parquet(target).height == BARS - 60


def test_the_end_may_be_told_and_only_closed_bars_are_taken(
    exchange: BinanceServer, tmp_path: Path
) -> None:
    end = FIRST + timedelta(minutes=100)
    answer = runner.invoke(app, [*arguments(exchange, tmp_path), "--to", iso_ms(end)])
    assert answer.exit_code == 0
    assert pl.read_parquet(file_of(tmp_path)).height == 100
    later = [
        *arguments(exchange, tmp_path / "b"),
        "--to",
        iso_ms(from_ms(START_MS) + timedelta(days=3)),
    ]
    assert runner.invoke(app, later).exit_code == 0
    assert int(pl.read_parquet(file_of(tmp_path / "b"))["ts"].max()) == START_MS - MINUTE_MS  # type: ignore[arg-type]  # a number


def test_coarser_bars_and_a_late_listing(exchange: BinanceServer, tmp_path: Path) -> None:
    exchange.listed_ms = START_MS - 1_000 * MINUTE_MS
    asked = [*arguments(exchange, tmp_path), "--interval", "15m"]
    answer = runner.invoke(app, asked)
    assert answer.exit_code == 0, answer.output
    times = pl.read_parquet(file_of(tmp_path, interval="15m"))["ts"].to_list()
    assert all(ms % 900_000 == 0 for ms in times)
    assert times[0] >= exchange.listed_ms
    assert times[-1] + 900_000 <= START_MS + 5_000


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (["DOGEUSDT"], "DOGEUSDT is not traded"),
        (["BTCUSDT", "--from", "2099-01-01"], "has no bars of BTCUSDT"),
        (["BTCUSDT", "--from", "yesterday"], "yesterday is no day or time"),
        (["BTCUSDT", "--interval", "7m"], "no bars of 7m"),
    ],
)
def test_what_cannot_be_fetched_is_said(
    exchange: BinanceServer, tmp_path: Path, asked: list[str], words: str
) -> None:
    answer = runner.invoke(
        app, ["fetch", *asked, "--url", exchange.rest_url, "--folder", str(tmp_path)]
    )
    assert words in str(answer.exception)
    assert not list(tmp_path.rglob("*.parquet*"))


def test_an_exchange_that_stops_answering_is_told_with_what_to_do(
    exchange: BinanceServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "PAUSE_S_MIN", 0.01)
    exchange.odd = True
    answer = runner.invoke(app, arguments(exchange, tmp_path))
    assert "the same command goes on" in str(answer.exception)
    assert exchange.requests.count("klines") == fetch.ATTEMPTS_MAX
    exchange.odd = False
    assert runner.invoke(app, arguments(exchange, tmp_path)).exit_code == 0
