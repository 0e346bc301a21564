"""`arena lab new`, `card` and `reproduce`: a study, the card that follows from it, and the same computed again."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from arena.cli.trouble import Trouble
from arena.kit.canonical import canonical_json
from arena.signals.lab import UNSAID

LOOKED_AT_BARS = 3_000
STUDY = {
    "version": "1",
    "name": "My first model",
    "model": "moving_average_cross",
    "data": {"path": "../candles", "symbol": "BTCUSDT", "interval": "1h"},
    "space": {"fast_bars": [10, 20, 40], "slow_bars": [60, 120, 240, 480]},
    "less": [["fast_bars", "slow_bars"]],
    "walk": {"train_days": 365, "test_days": 90, "purge_bars": 24},
    "sizing": {"weight_max_pct": 100},
    "costs": {"fee_maker_bps": 10, "fee_taker_bps": 10, "half_spread_bps": 1, "latency_ms": 250},
    "words": UNSAID,
}


def new(
    folder: Annotated[Path, typer.Argument(help="A folder that does not exist yet, or is empty.")],
) -> None:
    """Begin a study: a folder with a study.json that can be run as it is, once it is told where candles are."""
    if folder.exists() and any(folder.iterdir()):
        raise Trouble(f"{folder} is not empty: choose another folder for the study")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "study.json").write_text(json.dumps(STUDY, indent=2) + "\n")
    console = Console()
    console.print(
        f"{folder / 'study.json'}: say where your candles are, what to try, and the words"
    )
    console.print(f"then: arena lab card {folder / 'study.json'}", highlight=False)


def card(
    study: Annotated[Path, typer.Argument(help="A study.json; `arena lab new` writes one.")],
    data: Annotated[
        Path | None,
        typer.Option(help="Candles: a Parquet file or a folder; else as the study says."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Where card.json and card.pdf go; else beside the study.")
    ] = None,
) -> None:
    """Test a model walk-forward and write its card: net and gross, trials, luck, regimes, capacity, reproduction."""
    from arena.signals.lab.card import card_sha, study_of
    from arena.signals.lab.cards import card_pdf

    console = Console()
    asked = study_of(_read(study))
    made = _make(asked, study.parent, data, console)
    folder = out or study.parent
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "card.json").write_bytes(canonical_json(made) + b"\n")
    (folder / "card.pdf").write_bytes(card_pdf(made))
    _show(made, console)
    console.print(
        f"{folder / 'card.json'}  SHA-256 {card_sha(made)}", highlight=False, soft_wrap=True
    )
    console.print(f"{folder / 'card.pdf'}", highlight=False, soft_wrap=True)


def reproduce(
    path: Annotated[Path, typer.Argument(metavar="CARD", help="A card.json.")],
    data: Annotated[
        Path | None,
        typer.Option(help="Candles: a Parquet file or a folder; else as the card says."),
    ] = None,
    code: Annotated[
        Path | None, typer.Option(help="Folder of the strategy's file, for a model of one's own.")
    ] = None,
) -> None:
    """Compute a card again from its study, the candles and the code, and say whether every figure is the same."""
    from arena.signals.lab.card import BadCard, card_sha, differences, study_of

    console = Console()
    try:
        given = json.loads(_read(path))
        asked = study_of(json.dumps(given["study"]).encode())
    except (ValueError, KeyError, TypeError) as broken:
        raise BadCard(why=f"{path} is not the JSON of a card ({broken!r})") from broken
    again = _make(asked, code or path.parent, data, console)
    found = differences({**given, "label": again["label"]}, again)
    if not found:
        console.print(
            f"[green]reproduced[/] every figure, bit for bit: card {card_sha(given)}",
            soft_wrap=True,
        )
        return
    for line in found[:20]:
        console.print(line, highlight=False, soft_wrap=True)
    console.print(f"[bold red]not reproduced[/]: {len(found)} differences", soft_wrap=True)
    raise typer.Exit(1)


def _make(asked: Any, home: Path, data: Path | None, console: Console) -> dict[str, Any]:
    from arena.signals.lab import load_bars
    from arena.signals.lab.card import make_card

    where = asked.data
    bars = load_bars(
        data or home / where.path,
        where.symbol,
        where.interval,
        since=where.since,
        until=where.until,
    )
    console.print(
        f"{where.symbol}, {len(bars):,} bars of {where.interval}", highlight=False, soft_wrap=True
    )
    model = model_named(asked.model, home)
    if model.kind == "own":
        _hold_to_the_past(model.strategy, bars, asked.seed)
    with _progress(console) as told:
        made: dict[str, Any] = make_card(asked, model, bars, progress=told)
    return made


def _hold_to_the_past(strategy: Any, bars: Any, seed: int) -> None:
    """A strategy of one's own must decide the same whatever comes later, and as its plan says. Raises LooksAhead,
    NotRepeatable, PlanDisagrees, TooFewToLook."""
    from arena.signals.lab.own import check_lookahead, check_plan

    some = bars.until(LOOKED_AT_BARS)
    check_lookahead(strategy, {}, some, seed)
    if hasattr(strategy, "plan"):
        check_plan(strategy, {}, some)


def model_named(name: str, home: Path) -> Any:
    """A built-in by its name, or a file of one's own beside the study."""
    from arena.signals.lab.card import Modelled
    from arena.signals.lab.own import code_sha, load_strategy
    from arena.signals.strategists import code_version, strategist

    if ".py:" not in name:
        return Modelled(strategist(name), "rule", code_version(name))
    where = str(home / name)
    return Modelled(load_strategy(where), "own", code_sha(where))


@contextlib.contextmanager
def _progress(console: Console) -> Iterator[Any]:
    columns = (
        TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Progress(*columns, console=console) as progress:
        tasks: dict[str, Any] = {}

        def told(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=total)
            progress.update(tasks[what], completed=done)

        yield told


def _show(made: dict[str, Any], console: Console) -> None:
    figures = made["figures"]
    net, gross, luck = (
        figures["walk_forward"]["net"],
        figures["walk_forward"]["gross"],
        figures["luck"],
    )
    table = Table(
        title=f"{made['name']}: out of sample, {net['since'][:10]} to {net['until'][:10]}"
    )
    for column in ("", "net", "without costs"):
        table.add_column(column, justify="left" if not column else "right")
    for label, key, shape in (
        ("return", "total_return", ".1%"), ("Sharpe ratio", "sharpe", ".2f"),
        ("worst drawdown", "max_drawdown", ".1%"), ("fills", "fills", ",d"),
    ):  # fmt: skip
        table.add_row(label, _said(net[key], shape), _said(gross[key], shape))
    console.print(table)
    console.print(
        f"{luck['trials']} trials. Confidence that it is more than luck (DSR) {_said(luck['deflated_sharpe'], '.2f')};"
        f" probability of overfitting {_said(luck['overfitting_probability'], '.2f')};"
        f" better than {_said(figures['twins']['percentile'], '.0%')} of random traders like it.",
        soft_wrap=True,
    )


def _said(value: float | None, shape: str) -> str:
    return "–" if value is None else format(value, shape)


def _read(path: Path) -> bytes:
    if not path.is_file():
        raise Trouble(f"there is no file {path}")
    return path.read_bytes()
