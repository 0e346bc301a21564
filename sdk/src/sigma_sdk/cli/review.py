"""Commands for operators about submitted listings: review, approve, reject."""

from typing import Annotated, Any

import typer
from rich.markup import escape

from sigma_sdk.cli.connect import arena, out, stop
from sigma_sdk.client import Client

Reason = Annotated[str, typer.Option(help="Why; the creator reads it.")]
Which = Annotated[
    str | None, typer.Argument(help="Listing or case; left out: the one that has waited longest.")
]


def review() -> None:
    """List the listings that wait for review, with their gates."""
    with arena(signed_in=True) as client:
        waiting = list(client.review_queue())
        if not waiting:
            out.print("Nothing waits for review.")
            return
        for case in waiting:
            title = client.listing(case["listing_id"])["title"]
            out.print(
                f"{case['listing_id']}  [bold]{escape(title)}[/], version {case['version']},"
                f" since {case['submitted_at']}"
            )
            for gate in case["gates"]:
                sign = "[green]✓[/]" if gate["passed"] else "[red]✗[/]"
                out.print(f"  {sign} {gate['name']:<14} {escape(gate['detail'])}")
        out.print(
            "Next: [bold]sigma approve LISTING[/] or [bold]sigma reject LISTING --reason …[/]"
        )


def approve(which: Which = None, reason: Reason = "Looked at its words and its record.") -> None:
    """Put a submitted listing on the market."""
    with arena(signed_in=True) as client:
        case = _case(client, which)
        client.approve_listing(case["id"], reason=reason)
        out.print(f"[green]Listed[/]: {client.origin}/listings/{case['listing_id']}")


def reject(which: Annotated[str, typer.Argument(help="Listing or case.")], reason: Reason) -> None:
    """Give a submitted listing back to its creator as a draft, with the reason."""
    with arena(signed_in=True) as client:
        case = _case(client, which)
        client.reject_listing(case["id"], reason=reason)
        out.print(f"{case['listing_id']} is a draft again; its creator reads why.")


def _case(client: Client, which: str | None) -> dict[str, Any]:
    waiting = list(client.review_queue())
    fits = [one for one in waiting if which in (None, one["id"], one["listing_id"])]
    if not fits:
        stop(
            "Nothing waits for review."
            if which is None
            else f"{which} does not wait for review. See: sigma review"
        )
    return fits[0]
