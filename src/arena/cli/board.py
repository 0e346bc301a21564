"""The live board in the terminal: what the arena is doing, where to look, who can sign in."""

import asyncio

from rich.columns import Columns
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from arena import demo
from arena.kit.clock import monotonic_s
from arena.kit.db import DATABASE_AWAY
from arena.kit.settings import Settings
from arena.trading import market
from arena.web.views.board import Board, board
from arena.wire import Arena
from arena.worker import Player

PLAIN_EVERY_S = 15


async def show_board(
    arena: Arena, source: market.Source | None, player: Player | None, console: Console
) -> None:
    """Redraws once a second on a terminal; elsewhere prints a line now and then. Runs until cancelled."""
    console.print(_addresses(arena.settings, source))
    if not console.is_terminal:
        await _print_lines(arena, player, console)
        return
    with Live(console=console, refresh_per_second=2, transient=True) as live:
        pace = _Pace(player)
        while True:
            live.update(_draw(await _read(arena), pace.bars_per_s(), arena.settings))
            await asyncio.sleep(1)


async def _print_lines(arena: Arena, player: Player | None, console: Console) -> None:
    pace = _Pace(player)
    while True:
        state = await _read(arena)
        console.print(
            f"{state.product_now:%Y-%m-%d %H:%M} UTC · {pace.bars_per_s():.1f} bars/s · "
            f"{state.signals} signals · {state.listed} listings · {state.subscriptions} subscriptions · "
            f"{state.sockets} sockets · ledger sum {state.ledger_sum}{_in_words(state, arena.settings)}",
            highlight=False,
        )
        for warning in state.warnings:
            console.print(f"! {warning}", highlight=False)
        await asyncio.sleep(PLAIN_EVERY_S)


async def _read(arena: Arena) -> Board:
    """Waits while the database is away; its supervisor brings it back and logs what it does."""
    while True:
        try:
            async with arena.db.transaction(readonly=True) as tx:
                return await board(tx)
        except DATABASE_AWAY:
            await asyncio.sleep(1)


class _Pace:
    """Bars a second since it was last asked."""

    def __init__(self, player: Player | None) -> None:
        self._player = player
        self._bars, self._at = 0, monotonic_s()

    def bars_per_s(self) -> float:
        bars, at = (self._player.bars_played if self._player else 0), monotonic_s()
        rate = (bars - self._bars) / max(at - self._at, 1e-9)
        self._bars, self._at = bars, at
        return rate


def _in_words(state: Board, settings: Settings) -> str:
    done = _hurrying(state, settings)
    return "" if done is None else f" · burn-in {done:.0%}"


def _hurrying(state: Board, settings: Settings) -> float | None:
    return state.burn_in(settings.burn_in_days) if settings.demo else None


def _progress(state: Board, settings: Settings) -> list[RenderableType]:
    """A bar while the tape hurries through the first burn-in."""
    done = _hurrying(state, settings)
    if done is None:
        return []
    words = f" burn-in: day {done * settings.burn_in_days:.0f} of {settings.burn_in_days}, then listings open"
    bar = ProgressBar(total=1, completed=done, width=40)
    return [Columns([bar, Text(words, style="dim")]), Text("")]


def _draw(state: Board, bars_per_s: float, settings: Settings) -> Group:
    speed = state.tape.speed if state.tape else "–"
    head = Text.assemble(
        ("Sigma Arena  ", "bold"), f"{state.product_now:%a %d %b %Y %H:%M} UTC  ",
        (f"{state.tape.source if state.tape else 'no prices'} · speed {speed} · {bars_per_s:,.1f} bars/s", "dim"),
    )  # fmt: skip
    feeds = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("feed", "collective", "instrument"):
        feeds.add_column(name)
    for name in ("target", "signals", "equity", "net"):
        feeds.add_column(name, justify="right")
    feeds.add_column("market")
    for line in state.feeds:
        weight = "–" if line.last_weight is None else f"{line.last_weight:.0%}"
        sign = "▲" if line.total_return > 0 else "▼" if line.total_return < 0 else " "
        feeds.add_row(
            line.name, line.collective, line.instrument, weight, str(line.signals),
            f"{line.equity:,.2f}", f"{sign} {line.total_return:+.2%}", line.listing_status,
        )  # fmt: skip
    foot = Text(
        f"{state.signals} signals · {state.log_size} log entries · {state.listed} listings · "
        f"{state.subscriptions} subscriptions · {state.sockets} sockets · ledger sum {state.ledger_sum}"
    )
    warnings = [Text(f"! {warning}", style="bold yellow") for warning in state.warnings]
    return Group(
        Panel(
            Group(head, Text(""), *_progress(state, settings), feeds, Text(""), foot, *warnings),
            expand=False,
        )
    )


def _addresses(settings: Settings, source: market.Source | None) -> Text:
    lines = [
        f"Prices: {source.name}: {source.reason}"
        if source
        else "Prices: played by a worker elsewhere",
        f"Open {settings.origin}/ · API {settings.origin}/docs · health {settings.origin}/health",
    ]
    if settings.demo:
        lines += [f"Demo {a.role}: {a.email} / {a.password}" for a in demo.accounts(settings)]
        lines.append(
            "Next: .venv/bin/sigma signup, then sigma subscribe --card 4242424242424242, then sigma watch"
        )
    return Text("\n".join(lines))
