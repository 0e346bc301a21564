"""`arena data fetch`: candles of an exchange's history as a pack that can be played."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from arena.cli.trouble import Trouble
from arena.kit.clock import wall_now
from arena.kit.settings import Settings
from arena.trading import market

DAYS = 365


class Rate(ProgressColumn):
    """Bars a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f} bars/s" if task.speed else "", style="cyan")


def fetch(
    symbols: Annotated[list[str], typer.Argument(help="As the exchange writes them: BTCUSDT.")],
    interval: Annotated[str, typer.Option(help="1m, 5m, 15m, 1h, 1d …")] = "15m",
    since: Annotated[
        str, typer.Option("--from", help="Day or time in UTC; without it a year before the end.")
    ] = "",
    to: Annotated[
        str, typer.Option(help="Day or time in UTC; without it up to the last closed bar.")
    ] = "",
    url: Annotated[str, typer.Option(help="REST base; without it ARENA_BINANCE_REST_URL.")] = "",
    folder: Annotated[
        Path | None,
        typer.Option(help="Where to; without it ARENA_DATA, else prices in ARENA_HOME."),
    ] = None,
) -> None:
    """Fetch candles from Binance's history into Parquet files; interrupted, the same command goes on."""
    console, settings = Console(), Settings()
    interval_s = market.INTERVALS.get(interval)
    if interval_s is None:
        raise Trouble(
            f"there are no bars of {interval}: choose one of {', '.join(market.INTERVALS)}"
        )
    end = moment(to) if to else None
    first = moment(since) if since else (end or _midnight(wall_now())) - timedelta(days=DAYS)
    target = folder or settings.data or settings.home / "prices"
    names = list(dict.fromkeys(name.upper() for name in symbols))
    columns = (
        TextColumn("{task.description:<12}"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console) as progress:
        tasks: dict[market.Wanted, TaskID] = {}

        def show(wanted: market.Wanted, behind: int) -> None:
            if wanted not in tasks:
                tasks[wanted] = progress.add_task(wanted.symbol, total=wanted.bars)
            progress.update(tasks[wanted], completed=behind)

        try:
            files = asyncio.run(
                market.fetch_all(
                    url or settings.binance_rest_url, target, names, interval_s=interval_s,
                    span=(first, end), progress=show,
                )
            )  # fmt: skip
        except KeyboardInterrupt:
            console.print("interrupted; what has come is kept, the same command goes on from there")
            raise typer.Exit(130) from None
    _tell(console, target, files, names, interval)


def _tell(
    console: Console, folder: Path, files: list[Path], symbols: list[str], interval: str
) -> None:
    for path in files:
        found = market.quality(path, market.INTERVALS[interval])
        console.print(
            f"{path}: {found.bars:,} bars, {found.gaps:,} gaps", highlight=False, soft_wrap=True
        )
    try:
        source = market.open_folder(folder, symbols=",".join(symbols), interval=interval)
    except market.NoPrices as apart:  # fetched for different spans, say
        console.print(f"not one pack yet: {apart.facts['why']}", soft_wrap=True)
        return
    manifest = market.write_manifest(folder, source.pack)
    console.print(f"pack_sha {source.pack.sha}", highlight=False, soft_wrap=True)
    console.print(f"manifest {manifest}", highlight=False, soft_wrap=True)
    console.print(
        f"play it: arena up --source folder --data {folder}"
        f"   (ARENA_SYMBOLS={','.join(symbols)} ARENA_INTERVAL={interval})",
        highlight=False, soft_wrap=True,
    )  # fmt: skip


def moment(text: str) -> datetime:
    """`2024-01-01` or `2024-01-01T12:00`, in UTC where no zone is given. Raises Trouble."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Trouble(f"{text} is no day or time: write 2024-01-01 or 2024-01-01T12:00") from None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)
