"""The command that checks a listing's whole record on the user's own machine."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from sigma_sdk.cli import config
from sigma_sdk.cli.connect import arena, choose_listing, out, stop
from sigma_sdk.cli.market import Listing
from sigma_sdk.verify import (
    ArenaSource,
    CheckpointBook,
    Finding,
    NotSaved,
    Report,
    SavedSource,
    verify_listing,
)

_HELP = """Check a listing on your own machine: signatures, chain, log, prices, every fill, the figures.

Exit codes: 0 everything holds; the first that does not: 10 evidence, 11 keys, 12 signatures, 13 chain,
14 checkpoint, 15 inclusion, 16 consistency, 17 prices, 18 record, 19 metrics.
"""


def verify(
    listing: Listing = None,
    save: Annotated[Path | None, typer.Option(help="Keep all evidence in this new folder.")] = None,
    from_: Annotated[
        Path | None, typer.Option("--from", help="Check evidence saved earlier, without the arena.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The report as JSON.")] = False,
) -> None:
    """Check a listing on your own machine."""
    book = CheckpointBook(config.folder() / "checkpoints")
    tell = (lambda _finding: None) if as_json else _line
    if from_ is not None:
        try:
            saved = SavedSource(from_)
            report = verify_listing(saved, saved.listing_id, book, tell)
        except NotSaved as missing:
            stop(str(missing))
        _close(report, as_json=as_json)
    with arena() as client:
        chosen = choose_listing(client, listing)
        source = ArenaSource(client)
        if not as_json:
            out.print(
                f"Verifying [bold]{escape(chosen['title'])}[/] ({chosen['id']}) on this machine"
            )
        report = verify_listing(source, chosen["id"], book, tell)
    if save is not None:
        source.save(save, chosen["id"])
        if not as_json:
            out.print(f"evidence kept in {save}; check it again with: sigma verify --from {save}")
    _close(report, as_json=as_json)


verify.__doc__ = _HELP


def _line(finding: Finding) -> None:
    colour, word = ("green", "holds") if finding.holds else ("red", "DOES NOT HOLD")
    counts = f"{finding.held:,} of {finding.total:,}"
    out.print(
        f"  [{colour}]{word:<6}[/] {finding.name:<28}{counts:>18}  [dim]{escape(finding.detail)}[/]"
    )


def _close(report: Report, *, as_json: bool) -> None:
    """The last word, and the exit code."""
    if as_json:
        typer.echo(json.dumps(report.as_json(), indent=1))
    else:
        for note in report.notes:
            out.print(f"  [yellow]note[/]   {escape(note)}")
        broken = report.broken
        if broken is None:
            out.print("[bold green]Everything that was checked holds.[/]")
        else:
            out.print(f"[bold red]{broken.name} does not hold:[/] {escape(broken.detail)}")
    raise typer.Exit(report.exit_code)
