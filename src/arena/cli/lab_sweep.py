"""`arena lab sweep`: many configurations of a model tried on the same bars, and how much the best of them says."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from arena.cli.lab_card import model_named
from arena.cli.trouble import Trouble
from arena.kit.canonical import canonical_json

SHOWN = 10


class Rate(ProgressColumn):
    """Configurations a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.0f} configurations/s" if task.speed else "", style="cyan")


def sweep(
    out: Annotated[Path, typer.Option(help="Folder for the results; there may be a part of them.")],
    data: Annotated[Path, typer.Option(help="Candles: a Parquet file or a folder.")] = Path(
        "candles"
    ),
    symbol: Annotated[str, typer.Option(help="For example BTCUSDT.")] = "BTCUSDT",
    interval: Annotated[str, typer.Option(help="1m, 5m, 15m, 1h, 1d …")] = "1h",
    since: Annotated[str | None, typer.Option(help="First day, UTC: 2020-01-01.")] = None,
    until: Annotated[str | None, typer.Option(help="First day after it, UTC.")] = None,
    model: Annotated[
        str, typer.Option(help="A built-in strategy, or FILE.py:Class.")
    ] = "moving_average_cross",
    vary: Annotated[
        list[str] | None,
        typer.Option("--set", help="name=low:high:step, name=1,2,5 or name=7; again for others."),
    ] = None,
    less: Annotated[
        list[str] | None, typer.Option(help="a,b: only where a < b; again for others.")
    ] = None,
    random: Annotated[int | None, typer.Option(help="Try so many drawn at random.")] = None,
    optimise: Annotated[
        int | None, typer.Option(help="Search with so many trials for the highest Sharpe ratio.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of chance, for --random and --optimise.")] = 0,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with what --out was begun with.")
    ] = False,
    workers: Annotated[int | None, typer.Option(help="Processes; else one for each core.")] = None,
    cluster: Annotated[
        str | None, typer.Option(help="Dask (tcp://host:port) or Ray (ray://host:port).")
    ] = None,
) -> None:
    """Try many configurations over all cores; interrupted, the same command goes on."""
    asked: dict[str, Any] = {
        "data": str(data.resolve()), "symbol": symbol, "interval": interval, "since": since,
        "until": until, "model": model, "set": vary or [], "less": less or [], "random": random,
        "optimise": optimise, "seed": seed,
    }  # fmt: skip
    kept = out / "asked.json"
    if resume:
        if not kept.is_file():
            raise Trouble(f"{out} holds no sweep to go on with: leave --resume out to begin one")
        asked = json.loads(kept.read_bytes())
    console = Console()
    try:
        frame = _run(console, asked, out, workers=workers, cluster=cluster)
    except KeyboardInterrupt:
        console.print(
            f"interrupted; what is finished is kept: arena lab sweep --resume --out {out}",
            highlight=False, soft_wrap=True,
        )  # fmt: skip
        raise typer.Exit(130) from None
    _tell(console, frame, out)


def _run(
    console: Console, asked: dict[str, Any], out: Path, *, workers: int | None, cluster: str | None
) -> Any:
    from arena.signals.lab import load_bars
    from arena.signals.lab import sweep as lab

    model = model_named(asked["model"], Path())
    strategy = model.strategy
    space = lab.Space.of(
        strategy, dict(_range(text) for text in asked["set"]), [_pair(text) for text in asked["less"]]
    )  # fmt: skip
    bars = load_bars(
        Path(asked["data"]), asked["symbol"], asked["interval"], since=asked["since"], until=asked["until"]
    )  # fmt: skip
    tried: Any = space
    if asked["random"] is not None:
        tried = lab.random(space, asked["random"], asked["seed"])
    study = lab.Study(strategy, bars, tried, code_version=model.code_version)
    console.print(
        f"{asked['symbol']}, {len(bars):,} bars of {asked['interval']}", highlight=False, soft_wrap=True
    )  # fmt: skip
    out.mkdir(parents=True, exist_ok=True)
    if not (out / "asked.json").is_file():
        (out / "asked.json").write_bytes(canonical_json(asked) + b"\n")
    with _progress(console) as told:
        if asked["optimise"] is not None:
            if cluster:
                raise Trouble(
                    "--optimise waits for each batch: it works on this machine, not --cluster"
                )
            return lab.optimise(
                study, out, trials=asked["optimise"], seed=asked["seed"], progress=told, workers=workers
            )  # fmt: skip
        return lab.sweep(study, out, progress=told, workers=workers, cluster=cluster)


def _range(text: str) -> tuple[str, Any]:
    name, _, values = text.partition("=")
    try:
        if ":" in values:
            low, high, *step = (int(value) for value in values.split(":"))
            if len(step) <= 1:
                return name.strip(), (low, high, step[0] if step else 1)
        else:
            return name.strip(), [int(value) for value in values.split(",")]
    except ValueError:
        pass
    raise Trouble(f"--set {text} is not name=low:high:step, name=1,2,5 or name=7, in whole numbers")


def _pair(text: str) -> tuple[str, str]:
    low, comma, high = (part.strip() for part in text.partition(","))
    if not (low and comma and high):
        raise Trouble(f"--less {text} is no pair of parameters: write --less fast_bars,slow_bars")
    return low, high


@contextmanager
def _progress(console: Console) -> Iterator[Any]:
    columns = (
        TextColumn("trying"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=None)

        def told(at: Any) -> None:
            progress.update(task, completed=at.done, total=at.total)

        yield told


def _tell(console: Console, frame: Any, out: Path) -> None:
    from arena.signals.lab.sweep import neighbours_median, varied

    failed = frame.filter(frame["failed"].is_not_null())
    names = varied(frame) or (frame.columns[1],)
    best = (
        frame.with_row_index("row").drop_nulls("sharpe")
        .sort("sharpe", descending=True, maintain_order=True).head(SHOWN)
    )  # fmt: skip
    near = neighbours_median(frame, "sharpe", best["row"].to_list())
    table = Table(title=f"The best {best.height} of {frame.height:,} by Sharpe ratio")
    for name in (*names, "return", "drawdown", "fills", "Sharpe", "neighbours' Sharpe"):
        table.add_column(name, justify="right")
    for row in best.iter_rows(named=True):
        beside = near.get(row["row"])
        table.add_row(
            *(str(row[name]) for name in names), f"{row['total_return']:+.1%}", f"{row['drawdown_max']:.1%}",
            f"{row['fills']:,}", f"{row['sharpe']:.2f}", "·" if beside is None else f"{beside:.2f}",
        )  # fmt: skip
    console.print(table)
    if failed.height:
        first = failed.row(0, named=True)
        console.print(
            f"[yellow]{failed.height:,} failed[/], the first of them number {first['number']}: {first['failed']}",
            highlight=False, soft_wrap=True,
        )  # fmt: skip
    console.print(
        f"The best of {frame.height:,} is not a forecast: the more are tried, the better the luckiest looks. One far"
        " above its neighbours was lucky. What it is worth is said by a walk-forward: arena lab card",
        highlight=False, soft_wrap=True,
    )  # fmt: skip
    for line in _drawings(frame, names, out):
        console.print(line, highlight=False, soft_wrap=True)
    console.print(f"results: {out / 'parts'} (Parquet)", highlight=False, soft_wrap=True)


def _drawings(frame: Any, names: tuple[str, ...], out: Path) -> list[str]:
    from arena.signals.lab.sweep import heat_map_png, stability_png

    lines: list[str] = []
    if frame["sharpe"].null_count() == frame.height:
        return lines
    if len(names) >= 2:
        (out / "heat_map.png").write_bytes(heat_map_png(frame, (names[0], names[1]), "sharpe"))
        lines.append(f"heat map: {out / 'heat_map.png'}")
    for name in names:
        path = out / f"stability-{name}.png"
        path.write_bytes(stability_png(frame, name, "sharpe"))
        lines.append(f"stability: {path}")
    return lines
