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
from arena.cli.lab_told import Cancelled, Told, draft_of, shared_documents
from arena.cli.trouble import Trouble
from arena.kit.canonical import canonical_json
from arena.kit.errors import ArenaError

SHOWN = 10
DAY_MS, DAILY_MAX = 86_400_000, 4_000_000
"""Daily returns that are kept, configurations times days: the statistics of luck need them all in memory."""


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
    arena: Annotated[
        str | None,
        typer.Option(
            help="Its address: trials are registered there first, and it shows the sweep."
        ),
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option(help="The collective's key for --arena, as `sigma keygen` wrote it."),
    ] = None,
    name: Annotated[str | None, typer.Option(help="What the arena shows the sweep as.")] = None,
) -> None:
    """Try many configurations over all cores; interrupted, the same command goes on."""
    if (arena is None) != (key is None):
        raise Trouble("--arena and --key go together: where to, and who says so")
    asked: dict[str, Any] = {
        "data": str(data.resolve()), "symbol": symbol, "interval": interval, "since": since,
        "until": until, "model": model, "set": vary or [], "less": less or [], "random": random,
        "optimise": optimise, "seed": seed, "arena": arena, "key": key and str(key.resolve()), "name": name,
    }  # fmt: skip
    _conduct(_begun(asked, out) if resume else asked, out, workers=workers, cluster=cluster)


def _conduct(asked: dict[str, Any], out: Path, *, workers: int | None, cluster: str | None) -> None:
    """Sweeps, and says what came of it or how to go on."""
    console = Console()
    try:
        frame, summary = _run(console, asked, out, workers=workers, cluster=cluster)
    except KeyboardInterrupt:
        _say_kept(console, out, "interrupted")
        raise typer.Exit(130) from None
    except Cancelled:
        _say_kept(console, out, "cancelled in the arena")
        raise typer.Exit(1) from None
    _tell(console, frame, out)
    _tell_luck(console, summary["luck"])


def _begun(asked: dict[str, Any], out: Path) -> dict[str, Any]:
    """What the folder's sweep was begun with; told to another arena, or by another key, where one is given now."""
    kept = out / "asked.json"
    if not kept.is_file():
        raise Trouble(f"{out} holds no sweep to go on with: leave --resume out to begin one")
    given = {place: asked[place] for place in ("arena", "key") if asked[place]}
    return {**asked, **json.loads(kept.read_bytes()), **given}


def _say_kept(console: Console, out: Path, what: str) -> None:
    console.print(
        f"{what}; what is finished is kept: arena lab sweep --resume --out {out}", highlight=False,
        soft_wrap=True,
    )  # fmt: skip


def _run(
    console: Console, asked: dict[str, Any], out: Path, *, workers: int | None, cluster: str | None
) -> Any:
    """All results and their summary. The arena is told where there is one; what ends it ends it there, too."""
    from arena.signals.lab import sweep as lab

    if asked["optimise"] is not None and cluster:
        raise Trouble("--optimise waits for each batch: it works on this machine, not --cluster")
    study, model, space = _study(asked, out)
    console.print(
        f"{asked['symbol']}, {len(study.bars):,} bars of {asked['interval']}", highlight=False, soft_wrap=True
    )  # fmt: skip
    told = _told(console, asked, (study, model, space), out)
    out.mkdir(parents=True, exist_ok=True)
    if not (out / "asked.json").is_file():
        (out / "asked.json").write_bytes(canonical_json(asked) + b"\n")
    try:
        frame = _sweep(console, asked, (study, model, told), out, workers=workers, cluster=cluster)
    except KeyboardInterrupt:
        if told is not None:
            told.end("interrupted")
        raise
    except (ArenaError, Trouble) as broken:
        if told is not None:
            told.end("failed", why=str(broken))
        raise
    summary = lab.summary_of(frame, study)
    if told is not None:
        told.end("done", summary=summary)
    return frame, summary


def _study(asked: dict[str, Any], out: Path) -> tuple[Any, Any, Any]:
    """What is swept, the model with its code, and the space it is taken from."""
    from arena.signals.lab import load_bars
    from arena.signals.lab import sweep as lab

    model = model_named(asked["model"], Path())
    space = lab.Space.of(
        model.strategy, dict(_range(text) for text in asked["set"]), [_pair(text) for text in asked["less"]]
    )  # fmt: skip
    bars = load_bars(
        Path(asked["data"]), asked["symbol"], asked["interval"], since=asked["since"], until=asked["until"]
    )  # fmt: skip
    tried: Any = space
    if asked["random"] is not None:
        tried = lab.random(space, asked["random"], asked["seed"])
    count = asked["optimise"] or len(tried if asked["random"] is not None else lab.grid(space))
    days = int(bars.open_ms[-1] - bars.open_ms[0]) // DAY_MS + 1
    study = lab.Study(
        model.strategy, bars, tried, keep_daily=lab.kept_daily(out, count * days <= DAILY_MAX),
        code_version=model.code_version,
    )  # fmt: skip
    return study, model, space


def _told(
    console: Console, asked: dict[str, Any], what: tuple[Any, Any, Any], out: Path
) -> Told | None:
    """Registers the trials and opens the sweep in the arena, before anything runs. Raises Trouble."""
    from arena.signals.lab import sweep as lab

    if asked.get("arena") is None:
        console.print(
            "nobody counts these trials: --arena and --key register them before they run", style="dim",
            highlight=False, soft_wrap=True,
        )  # fmt: skip
        return None
    study, model, space = what
    told = Told(asked["arena"], Path(asked["key"]), console)
    shared = shared_documents(study)
    searched = asked["optimise"] is not None
    count = lab.whole_batches(asked["optimise"]) if searched else len(study.listed())
    if not searched:
        with console.status(f"registering {count:,} trials"):
            told.register(model, shared, list(study.listed()))
    told.open(draft_of(asked, model, {**shared, "space": space.values}, count=count, out=out))
    return told


def _sweep(
    console: Console, asked: dict[str, Any], what: tuple[Any, Any, Told | None], out: Path,
    *, workers: int | None, cluster: str | None,
) -> Any:  # fmt: skip
    from arena.signals.lab import sweep as lab

    study, model, told = what

    def register(members: list[dict[str, int]]) -> None:
        if told is not None:
            told.register(model, shared_documents(study), members)

    with _progress(console, told) as watch:
        if asked["optimise"] is None:
            return lab.sweep(study, out, progress=watch, workers=workers, cluster=cluster)
        return lab.optimise(
            study, out, trials=asked["optimise"], seed=asked["seed"], progress=watch, workers=workers,
            before=register,
        )  # fmt: skip


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
def _progress(console: Console, told: Told | None) -> Iterator[Any]:
    columns = (
        TextColumn("trying"), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=None)

        def watch(at: Any) -> None:
            progress.update(task, completed=at.done, total=at.total)
            if told is not None:
                told.reached(at)

        yield watch


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


def _tell_luck(console: Console, luck: Any) -> None:
    if luck is None or luck["deflated_sharpe"] is None:
        return
    overfitted = luck["overfitting_probability"]
    console.print(
        f"Confidence that the best is more than luck among {luck['trials']:,} (DSR): {luck['deflated_sharpe']:.0%}"
        + ("" if overfitted is None else f"; chance of overfitting (PBO): {overfitted:.0%}"),
        highlight=False, soft_wrap=True,
    )  # fmt: skip


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
