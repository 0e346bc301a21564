"""`arena status`: asks a running arena how it is."""

import httpx
import typer
from rich.console import Console
from rich.table import Table

from arena.cli.trouble import Trouble
from arena.kit.settings import Settings

console = Console()


def status() -> None:
    """Show the health of the running arena, part by part; exits 1 unless it is ok."""
    origin = Settings().origin
    try:
        answer = httpx.get(f"{origin}/health", timeout=10, trust_env=False)
    except httpx.ConnectError as silent:
        raise Trouble(f"nothing answers at {origin}: start it with `arena up`") from silent
    health = answer.json()
    table = Table(
        "part",
        "status",
        "details",
        title=f"{health['status']} · product time {health['product_time']}",
    )
    for name, part in health["parts"].items():
        details = ", ".join(f"{k} {v}" for k, v in part.items() if k != "status")
        table.add_row(name, str(part.get("status", "ok")), details)
    console.print(table)
    if health["status"] != "ok":
        raise typer.Exit(1)
