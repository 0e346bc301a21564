"""`arena data`: what prices are at hand, how good they are, and in which format they must come."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from arena.kit.settings import Settings
from arena.trading import market

app = typer.Typer(no_args_is_help=True, help="Price data: list it, check it, describe its format.")
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
    root = _root(folder, settings)
    if root is None:
        source = market.sample_source()
    else:
        source = market.open_folder(root, symbols=settings.symbols, interval=settings.interval)
    console.print(f"played: {escape(source.reason)}, {len(source):,} steps, pack {source.pack.sha}")


@app.command("check")
def check(
    folder: Folder = None,
    symbol: Annotated[str, typer.Option(help="Only the files of this symbol.")] = "",
) -> None:
    """Gaps, duplicates, bars without volume, impossible bars; exits 1 where a file cannot be played."""
    console = Console()
    found = [f for f in _scan(folder, Settings()) if symbol in ("", f.symbol)]
    table = Table(title=f"{len(found)} files")
    table.add_column("file", overflow="fold")
    for name in ("bars", "gaps", "missing", "longest", "no volume", "faults"):
        table.add_column(name, justify="right")
    bad = 0
    columns = (TextColumn("reading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        for file in progress.track(found):
            q = market.quality(file.path, file.interval_s)
            bad += not q.playable
            numbers = (q.bars, q.gaps, q.missing, q.gap_bars_max, q.zero_volume)
            name = f"{escape(file.path.parent.name)}/ {escape(file.path.stem)}"
            table.add_row(
                name, *(f"{n:,}" if n else "·" for n in numbers), _faults(q),
                style=None if q.playable else "bold red",
            )  # fmt: skip
    console.print(table)
    console.print(
        f"[bold red]{bad} of {len(found)} files cannot be played[/]" if bad
        else f"all {len(found)} files can be played; gaps and bars without volume are played as they are"
    )  # fmt: skip
    if bad:
        raise typer.Exit(1)


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
