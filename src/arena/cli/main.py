"""The `arena` command and its parts; what goes wrong is said in one line that tells what to do."""

import sys

import typer
from pydantic import ValidationError
from rich.console import Console

from arena.cli import data, db, keys, lab, sanctions, status, strategist, up
from arena.cli.trouble import Trouble, explain

app = typer.Typer(
    name="arena", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="Sigma Arena: an open arena and market for trading signals whose every claim can be checked.",
)  # fmt: skip
app.command("up")(up.up)
app.command("demo")(up.demo_accounts)
app.command("status")(status.status)
app.add_typer(db.app, name="db")
app.add_typer(keys.app, name="keys")
app.add_typer(sanctions.app, name="sanctions")
app.add_typer(data.app, name="data")
app.add_typer(strategist.app, name="strategist")
app.add_typer(lab.app, name="lab")


def main() -> None:
    """Runs the command; exits 1 with a line on what to do where it cannot."""
    try:
        app()
    except (Trouble, ValidationError, OSError, Exception) as broken:
        words = explain(broken)
        if words is None:
            raise
        Console(stderr=True).print(f"[bold red]arena:[/] {words}", highlight=False, soft_wrap=True)
        sys.exit(1)
