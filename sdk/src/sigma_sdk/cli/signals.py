"""Commands that receive signals: signals (pull) and watch (stream)."""

import json
from decimal import Decimal
from typing import Annotated

import typer
from rich.markup import escape

from sigma_sdk.cli.connect import arena, choose_subscribed, err, out
from sigma_sdk.cli.market import Listing
from sigma_sdk.signal import Delivered

_COLOURS = {"open": "green", "increase": "green", "reduce": "yellow", "close": "red"}


def signals(
    listing: Listing = None,
    after: Annotated[int, typer.Option(help="Only those after this sequence.")] = 0,
    limit: Annotated[int, typer.Option(help="At most this many, the newest.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the latest signals you are entitled to."""
    with arena(signed_in=True) as client:
        chosen = choose_subscribed(client, listing)
        received = list(client.signals(chosen["id"], after=after, limit=500))
        for signal in received[-limit:]:
            tell(signal, as_json=as_json)


def watch(
    listing: Listing = None,
    last: Annotated[int, typer.Option(help="Begin with this many of the latest.")] = 5,
    count: Annotated[int | None, typer.Option(help="Stop after this many.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Watch signals arrive, across lost connections, until Ctrl-C."""
    with arena(signed_in=True) as client:
        chosen = choose_subscribed(client, listing)
        feed = client.feed(chosen["feed_id"])
        if not as_json:
            out.print(
                f"Watching [bold]{escape(chosen['title'])}[/] ({feed['instrument']}); Ctrl-C ends."
            )
        start = max(0, int(feed["last_sequence"]) - last)
        stream = client.stream(
            chosen["id"], after=start, notice=lambda words: err.print(words, style="dim")
        )
        try:
            for number, signal in enumerate(stream, start=1):
                tell(signal, as_json=as_json)
                if number == count:
                    return
        except KeyboardInterrupt:
            err.print("bye", style="dim")


def tell(signal: Delivered, *, as_json: bool) -> None:
    """One signal, on a line or two."""
    if as_json:
        out.print_json(
            json.dumps({"sequence": signal.sequence, "received_at": signal.received_at,
                        "hash": signal.hash, "signal": signal.body}),
            indent=None,
        )  # fmt: skip
        return
    body = signal.body
    colour = _COLOURS.get(body["action"], "white")
    prices = "".join(
        f"  {name} {body[field]}"
        for name, field in (("limit", "limit_price"), ("stop", "stop_price"), ("target", "take_profit_price"))
        if body.get(field) is not None
    )  # fmt: skip
    share = f"{Decimal(body['target_weight']):.0%}"
    out.print(
        f"[dim]{body['issued_at'][:16].replace('T', ' ')}  #{signal.sequence}[/]  "
        f"[{colour}]{body['action']:<8}[/] {body['instrument']}  hold [bold]{share}[/]"
        f"{prices}  [dim]confidence {body['confidence']}[/]"
    )
    if signal.rationale:
        out.print(f"    {escape(signal.rationale)}", style="italic")
