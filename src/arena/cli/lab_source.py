"""Sends a strategy's file to an arena that hosts strategies, and waits for what its own checks find."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.markup import escape

from arena.cli.lab_line import Line, open_line
from arena.cli.trouble import Trouble

if TYPE_CHECKING:
    from arena.signals.lab.own import Source

LOOK_EVERY_S = 2.0
LOOKS_MAX = 150
_SIGNS = {True: "[green]passed [/]", False: "[bold red]failed [/]", None: "[yellow]skipped[/]"}


def send_source(source: "Source", *, arena: str, key: Path, console: Console) -> None:
    """Raises Trouble, and typer.Exit(1) where the arena's checks refuse it."""
    if not arena:
        raise Trouble("say which arena: --arena http://… (or SIGMA_URL)")
    found = asyncio.run(_sent(source, arena, key))
    console.print(
        f"[green]sent[/] {escape(source.where)} as {found['sha']}: kept sealed, for you and the sandbox alone",
        soft_wrap=True, highlight=False,
    )  # fmt: skip
    reports = [one for one in found["reports"] if one["kind"] == "checks"]
    for line in reports[-1]["lines"] if reports else ():
        console.print(
            f"{_SIGNS[line['passed']]}  {line['name']:<11} {escape(line['words'])}",
            soft_wrap=True, highlight=False,
        )  # fmt: skip
    if found["state"] == "waiting":
        console.print("the arena has not looked at it yet; see its page under /studio/lab/sources")
    elif found["state"] == "passed":
        console.print(
            "[green]passed[/]: cards that name this code are computed again there, and its feeds may be hosted"
        )
    else:
        console.print("[bold red]refused[/] by the arena's checks: nothing is run with it")
        raise typer.Exit(1)


async def _sent(source: "Source", arena: str, key: Path) -> dict[str, Any]:
    body = {
        "text": source.text, "class_name": source.class_name, "file_name": Path(source.name).name,
    }  # fmt: skip
    async with open_line(arena, key) as line:
        found: dict[str, Any] = await line.post("/lab/sources", body)
        return await _checked(line, found)


async def _checked(line: Line, found: dict[str, Any]) -> dict[str, Any]:
    """When the arena has looked at it, or has not for some minutes."""
    for _ in range(LOOKS_MAX):
        if found["state"] != "waiting":
            break
        await asyncio.sleep(LOOK_EVERY_S)
        found = await line.get(f"/lab/sources/{found['sha']}")
    return found
