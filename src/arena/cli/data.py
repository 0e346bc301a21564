"""`arena data`: what prices are at hand, how good they are, and in which format they must come."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from arena.cli.fetch import fetch
from arena.kit.clock import from_ms, iso_ms
from arena.kit.settings import Settings
from arena.trading import market

app = typer.Typer(
    no_args_is_help=True, help="Price data: fetch it, list it, check it, describe its format."
)
app.command("fetch")(fetch)
Folder = Annotated[
    Path | None,
    typer.Option(help="Folder of Parquet candles; without it ARENA_DATA, else the sample pack."),
]
FORMAT = """\
[bold]A folder of candles[/]

  candles/<venue>-<source>/<SYMBOL>-<interval>.parquet, or any folder of such
  for example candles/binance-spot-mine/BTCUSDT-15m.parquet

  <interval>  {intervals}
  <SYMBOL>    capital letters and digits, - and _ allowed: BTCUSDT, BTC-USD

[bold]Columns of a file[/]

  ts      int64    open of the bar, milliseconds since 1970 in UTC,
                   on a multiple of the interval
  open    float64  price in quote units, above zero
  high    float64  high and low enclose open and close
  low     float64
  close   float64
  volume  float64  in base units, zero or more

  Sorted by ts, no ts twice, no nulls. Gaps stay gaps: nothing is filled in.
  A file that breaks one of these rules is left out; `arena data check` says
  which and why.

[bold]What is played of it[/]

  ARENA_SYMBOLS and ARENA_INTERVAL if set. Else up to four well-known symbols
  of one venue on 15m (then 1h, 4h, 1d), finer bars resampled, over the latest
  span of at least 90 days that all have in common. Files of one symbol and
  venue are joined where they touch or overlap and agree."""


@app.command("list")
def list_files(folder: Folder = None) -> None:
    """What the folder holds, and what would be played of it."""
    console, settings = Console(), Settings()
    found = _scan(folder, settings)
    table = Table("symbol", "interval", "venue", "from", "to", title=f"{len(found)} files")
    for name in ("bars", "days"):
        table.add_column(name, justify="right")
    for file in sorted(found, key=lambda f: (f.symbol, f.interval_s, f.venue, f.first_ms)):
        days = (file.end_ms - file.first_ms) / 86_400_000
        table.add_row(
            file.symbol, market.interval_name(file.interval_s), escape(file.venue), _day(file.first_ms),
            _day(file.last_ms), f"{file.bars:,}", f"{days:,.0f}",
        )  # fmt: skip
    console.print(table)
    source = _source(folder, settings)
    console.print(f"played: {escape(source.reason)}, {len(source):,} steps, pack {source.pack.sha}")


@app.command("check")
def check(
    where: Annotated[Path | None, typer.Argument(help="The same as --folder.")] = None,
    folder: Folder = None,
    symbol: Annotated[str, typer.Option(help="Only the files of this symbol.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
) -> None:
    """Gaps, duplicates, outliers, bars without volume, impossible bars; exits 1 where a file cannot be played."""
    console, settings = Console(), Settings()
    root = where or folder
    found = [f for f in _scan(root, settings) if symbol in ("", f.symbol)]
    columns = (TextColumn("reading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        read = [(f, market.quality(f.path, f.interval_s)) for f in progress.track(found)]
    bad = sum(not q.playable for _, q in read)
    if as_json:
        pack = _pack(root, settings) if not bad else None
        report = {
            "files": [_report(file, q) for file, q in read],
            "pack": None if pack is None else {"sha": pack.sha, "manifest": pack.manifest()},
        }
        console.print_json(json.dumps(report))
    else:
        _show(console, read, bad)
    if bad:
        raise typer.Exit(1)


def _show(console: Console, read: list[tuple[market.Found, market.Quality]], bad: int) -> None:
    table = Table(title=f"{len(read)} files")
    table.add_column("file", overflow="fold")
    for name in ("bars", "gaps", "missing", "longest", "outliers", "no volume", "faults"):
        table.add_column(name, justify="right")
    for file, q in read:
        numbers = (q.bars, q.gaps, q.missing, q.gap_bars_max, q.outliers, q.zero_volume)
        name = f"{escape(file.path.parent.name)}/ {escape(file.path.stem)}"
        table.add_row(
            name, *(f"{n:,}" if n else "·" for n in numbers), _faults(q),
            style=None if q.playable else "bold red",
        )  # fmt: skip
    console.print(table)
    console.print(
        f"[bold red]{bad} of {len(read)} files cannot be played[/]" if bad
        else f"all {len(read)} files can be played; gaps and bars without volume are played as they are"
    )  # fmt: skip


def _report(file: market.Found, q: market.Quality) -> dict[str, Any]:
    return {
        "file": str(file.path), "venue": file.venue, "symbol": file.symbol,
        "interval": market.interval_name(file.interval_s), "from": iso_ms(from_ms(q.first_ms)),
        "to": iso_ms(from_ms(q.last_ms)),
        **{name: value for name, value in asdict(q).items() if name not in ("first_ms", "last_ms")},
        "playable": q.playable,
    }  # fmt: skip


def _pack(root: Path | None, settings: Settings) -> market.Pack | None:
    """What would be played of the folder; None where it holds no one pack."""
    try:
        return _source(root, settings).pack
    except market.NoPrices:
        return None


def _source(folder: Path | None, settings: Settings) -> market.Replay:
    root = _root(folder, settings)
    if root is None:
        return market.sample_source()
    return market.open_folder(root, symbols=settings.symbols, interval=settings.interval)


@app.command("format")
def describe_format() -> None:
    """How candles must be laid out to be played."""
    Console().print(FORMAT.format(intervals=", ".join(market.INTERVALS)), highlight=False)


def _faults(q: market.Quality) -> str:
    counts = {
        "twice": q.duplicates, "unsorted": q.unsorted, "off the interval": q.misaligned,
        "impossible": q.impossible,
    }  # fmt: skip
    return ", ".join(f"{count:,} {name}" for name, count in counts.items() if count) or "none"


def _root(folder: Path | None, settings: Settings) -> Path | None:
    return folder or settings.data


def _scan(folder: Path | None, settings: Settings) -> list[market.Found]:
    """The folder's files, or the sample's one."""
    root = _root(folder, settings)
    return market.scan(root if root is not None else market.SAMPLE_FILE.parent)


def _day(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")
