"""Commands about the market: market, show, subscribe, subscriptions, cancel."""

from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
from rich.markup import escape
from rich.table import Table

from sigma_sdk.cli.connect import arena, choose_listing, choose_subscribed, out, stop, wide
from sigma_sdk.client import Client
from sigma_sdk.exchange import change

_COLUMNS = ("title", "score", "return", "Sharpe", "drawdown", "a month")
TEST_CARD = "4242424242424242"
Listing = Annotated[
    str | None, typer.Argument(help="Id, or the start of the title; left out: the obvious one.")
]


def market(
    q: Annotated[str | None, typer.Option("--search", "-q", help="Words to find.")] = None,
    instrument: Annotated[str | None, typer.Option(help="E.g. BTC-USD.")] = None,
    sort: Annotated[str, typer.Option(help="score, newest or price.")] = "score",
    ids: Annotated[bool, typer.Option("--ids", help="Show only ids and titles.")] = False,
) -> None:
    """List what is on offer."""
    with arena() as client:
        found = list(client.listings(q=q, instrument=instrument, sort=sort))
    if not found:
        out.print("Nothing fits. The first listings appear after their burn-in.")
        return
    if ids:
        for listing in found:
            out.print(f"{listing['id']}  {escape(listing['title'])}")
        return
    table = Table(box=None, pad_edge=False)
    for name in _COLUMNS:
        table.add_column(name, justify="left" if name == "title" else "right", no_wrap=True)
    for listing in found:
        table.add_row(*_cells(listing))
    wide.print(table)
    out.print(
        "Next: [bold]sigma show TITLE[/], [bold]sigma verify TITLE[/], [bold]sigma subscribe TITLE[/]"
    )


def show(listing: Listing = None) -> None:
    """Show one listing with its disclosures."""
    with arena() as client:
        chosen = choose_listing(client, listing)
        full = client.listing(chosen["id"])
        disclosed = client.disclosures(chosen["id"])
        out.print(f"[bold]{escape(full['title'])}[/]  {full['instrument']}  {full['id']}")
        for name in ("summary", "method", "intended_use", "risks"):
            if full.get(name):
                out.print(f"\n[dim]{name.replace('_', ' ')}[/]\n{escape(full[name])}")
        out.print("\n[dim]tiers[/]")
        for tier in full["tiers"]:
            seats = "" if tier.get("seats") is None else f"  {tier['seats']} seats"
            out.print(f"  {tier['tier']:<11}{money(tier)} a month{seats}")
        out.print("\n[dim]disclosed[/]")
        for name, value in disclosed.items():
            if isinstance(value, str | int | float) and name != "listing_id":
                out.print(f"  {name.replace('_', ' ')}: {value}", markup=False)


def subscribe(
    listing: Listing = None,
    tier: Annotated[str, typer.Option(help="basic, pro or enterprise.")] = "pro",
    card: Annotated[
        str | None,
        typer.Option(help=f"Card number; on a local arena a test card, by default {TEST_CARD}."),
    ] = None,
) -> None:
    """Subscribe to a listing; without a name, to the best-ranked one."""
    with arena(signed_in=True) as client:
        chosen = choose_listing(client, listing)
        method = _payment_method(client, card)
        made = client.subscribe(chosen["id"], tier=tier, payment_method_id=method["id"])
        if made.get("action_url"):
            made = _confirm(client, made)
        out.print(
            f"[green]Subscribed[/] to [bold]{escape(chosen['title'])}[/] ({tier}) for {money(made)} a month, "
            f"paid with {method['label']}, until {made['period_end'] or 'confirmed'}."
        )
        out.print("Next: [bold]sigma watch[/]")


def subscriptions() -> None:
    """List your subscriptions."""
    with arena(signed_in=True) as client:
        for one in client.subscriptions():
            title = client.listing(one["listing_id"])["title"]
            ending = ", canceled" if one["cancel_at_period_end"] else ""
            until = f", access until {one['access_until']}" if one["access_until"] else ""
            colour = "green" if one["status"] == "active" else "dim"
            out.print(
                f"[{colour}]{one['status']:<10}[/] [bold]{escape(title)}[/] ({one['tier']}, "
                f"{money(one)} a month{ending}{until})  [dim]{one['id']}[/]"
            )


def cancel(
    listing: Listing = None,
    now: Annotated[bool, typer.Option("--now", help="End at once, without a refund.")] = False,
) -> None:
    """Cancel a subscription, by default at the end of the paid period."""
    with arena(signed_in=True) as client:
        chosen = choose_subscribed(client, listing)
        for one in client.subscriptions():
            if one["listing_id"] == chosen["id"] and one["status"] != "ended":
                ended = client.cancel(one["id"], at="now" if now else "period_end")
                out.print(
                    f"Canceled {chosen['title']}; access until {ended['access_until'] or 'now'}."
                )
                return
        stop(f"You have no running subscription to {chosen['title']}.")


def money(priced: dict[str, Any]) -> str:
    """`$99.00` of {amount, currency} in minor units."""
    sign = "$" if priced.get("currency", "USD") == "USD" else f"{priced['currency']} "
    return f"{sign}{priced['amount'] // 100}.{priced['amount'] % 100:02d}"


def percent(value: Any) -> str:
    return "-" if value is None else f"{100 * float(value):+.1f} %"


def number(value: Any) -> str:
    return "-" if value is None else f"{float(value):.2f}"


def _score(listing: dict[str, Any]) -> str:
    value = (listing.get("score") or {}).get("value")
    return "unranked" if value is None else f"{float(value):.0f}"


def _cells(listing: dict[str, Any]) -> list[str]:
    """A listing's line of the table; a drawdown is told as a fall."""
    metrics = listing.get("metrics") or {}
    fall = metrics.get("max_drawdown")
    tiers = sorted(listing["tiers"], key=lambda tier: int(tier["amount"]))
    return [
        escape(listing["title"]),
        _score(listing),
        percent(metrics.get("total_return")),
        number(metrics.get("sharpe")),
        percent(None if fall is None else -float(fall)),
        f"from {money(tiers[0]).removesuffix('.00')}" if tiers else "-",
    ]


def _payment_method(client: Client, card: str | None) -> dict[str, Any]:
    """The card named; else the one kept last; else, on a local arena, the test card."""
    if card is None:
        kept: Any = client.payment_methods()
        kept = kept["data"] if isinstance(kept, dict) else kept
        if kept:
            last: dict[str, Any] = kept[-1]
            return last
        if urlsplit(client.origin).hostname not in {"127.0.0.1", "::1", "localhost"}:
            stop("Say which card pays: --card NUMBER")
        card = TEST_CARD
    return client.add_payment_method(card)


def _confirm(client: Client, made: dict[str, Any]) -> dict[str, Any]:
    """Lets the subscriber do what the card's bank asks for."""
    if not typer.confirm("The card asks for your confirmation. Confirm the payment?", default=True):
        stop("The subscription has not started; nothing was charged.")
    client.run(change("POST", urlsplit(made["action_url"]).path))
    now = [one for one in client.subscriptions() if one["id"] == made["id"]]
    return now[0] if now else made
