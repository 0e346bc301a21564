"""The command that computes performance fee statements again."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from sigma_sdk.cli.connect import out, stop
from sigma_sdk.verify import verify_fees


def verify_fee(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Statements of one contract.")
    ],
    key: Annotated[
        str | None, typer.Option(help="The arena's public key (base64), if you know it.")
    ] = None,
) -> None:
    """Compute performance fee statements again: signatures, high-water marks, the fee to the cent.

    Exit codes: 0 everything holds, 10 something does not.
    """
    read = []
    for path in files:
        try:
            read.append(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError) as unreadable:
            stop(f"{path} cannot be read: {unreadable}")
    try:
        read.sort(key=lambda each: each["statement"]["start"])
        findings = verify_fees(read, public_key=key)
    except (KeyError, TypeError, ValueError) as unlike:
        stop(
            f"that is no performance fee statement ({unlike}); download it from /performance-fees/statements"
        )
    for finding in findings:
        colour, word = ("green", "holds") if finding.holds else ("red", "DOES NOT HOLD")
        out.print(f"  [{colour}]{word:<13}[/] {finding.name:<30} [dim]{escape(finding.detail)}[/]")
    if all(finding.holds for finding in findings):
        out.print("[bold green]Every fee follows from its readings.[/]")
        return
    raise typer.Exit(10)
