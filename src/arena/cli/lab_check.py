"""`arena lab check`: is a strategy of one's own sound? Each check green or red, with its reason."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from arena.cli.trouble import Trouble

_SIGNS = {True: "[green]passed [/]", False: "[bold red]failed [/]", None: "[yellow]skipped[/]"}


def check(
    where: Annotated[
        str, typer.Argument(metavar="FILE:CLASS", help="As my_strategy.py:MyStrategy.")
    ],
    data: Annotated[
        Path | None,
        typer.Option(help="Candles: a Parquet file or a folder; else the sample pack."),
    ] = None,
    symbol: Annotated[str, typer.Option(help="Which of them, as BTCUSDT.")] = "",
    interval: Annotated[str, typer.Option(help="Bars of this interval, as 1h.")] = "1h",
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A parameter; else its default."),
    ] = None,
    hosted: Annotated[
        bool, typer.Option("--hosted", help="Run nothing of it outside the sandbox.")
    ] = False,
    send: Annotated[
        bool,
        typer.Option(
            "--send", help="Send it to an arena that hosts strategies, once it has passed."
        ),
    ] = False,
    arena: Annotated[
        str, typer.Option("--arena", envvar="SIGMA_URL", help="With --send: the arena's address.")
    ] = "",
    key: Annotated[
        Path, typer.Option("--key", help="With --send: the collective's secret key.")
    ] = Path("sigma.key"),
) -> None:
    """Check a strategy of your own: it loads, sees no future, repeats, agrees with its plan, runs in the sandbox."""
    # What these import is slow to import, and other commands need none of it.
    from arena.signals.lab import bars_of, load_bars
    from arena.signals.lab.own import read_source, run_checks
    from arena.signals.strategists import STRATEGISTS
    from arena.trading.market import sample_source

    console = Console()
    source = read_source(where)
    bars = bars_of(sample_source()) if data is None else load_bars(data, symbol, interval)
    console.print(
        f"{escape(where)} on {len(bars):,} bars of {bars.instrument.symbol}, code SHA-256 {source.code_sha}",
        highlight=False, soft_wrap=True,
    )  # fmt: skip
    failed = 0
    for found in run_checks(
        source, _parameters(set_ or []), bars, taken=STRATEGISTS, here=not hosted
    ):
        failed += found.passed is False
        console.print(
            f"{_SIGNS[found.passed]}  {found.name:<11} {escape(found.words)}",
            highlight=False, soft_wrap=True,
        )  # fmt: skip
    if failed:
        raise typer.Exit(1)
    if send:
        from arena.cli.lab_source import send_source

        send_source(source, arena=arena, key=key, console=console)


def _parameters(given: list[str]) -> dict[str, int]:
    parameters = {}
    for each in given:
        name, separator, value = each.partition("=")
        try:
            parameters[name] = int(value)
        except ValueError:
            separator = ""
        if not separator:
            raise Trouble(f"--set {each} is not NAME=VALUE with a whole number, as fast_bars=20")
    return parameters
