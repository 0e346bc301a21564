"""A client for a command, and the words for everything that may go wrong with it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import typer
from rich.console import Console

from sigma_sdk.cli import config
from sigma_sdk.client import Client
from sigma_sdk.problem import ArenaProblem, ArenaUnreachable, EntitlementEnded, SigmaError

out = Console(highlight=False, soft_wrap=True)
wide = Console(highlight=False)
err = Console(stderr=True, highlight=False, soft_wrap=True)
EXIT_REFUSED = 1
EXIT_UNREACHABLE = 3
EXIT_ENDED = 4


def stop(words: str, code: int = EXIT_REFUSED) -> NoReturn:
    """Says why on the error stream and ends the command."""
    err.print(words, style="red", markup=False)
    raise typer.Exit(code)


@contextmanager
def arena(*, signed_in: bool = False) -> Iterator[Client]:
    """A client of the configured arena; whatever it raises becomes words and an exit code."""
    known = config.load()
    if signed_in and known.key is None:
        stop(f"You are not signed in at {known.origin}. Run: sigma signup   (or: sigma login)")
    with Client(known.origin, known.key, knock_once=True) as client, told():
        yield client


@contextmanager
def told() -> Iterator[None]:
    """Turns the SDK's exceptions into words and exit codes."""
    try:
        yield
    except ArenaUnreachable as lost:
        stop(str(lost), EXIT_UNREACHABLE)
    except EntitlementEnded as ended:
        stop(f"Your access ended: {ended.reason}. Run: sigma subscribe", EXIT_ENDED)
    except ArenaProblem as problem:
        stop(_words(problem))
    except SigmaError as trouble:
        stop(str(trouble))


def _words(problem: ArenaProblem) -> str:
    advice = ""
    if problem.status == 401:
        advice = "\nRun: sigma signup   (or: sigma login)"
    elif problem.code == "payment_required":
        advice = f"\nRun: sigma subscribe {problem.facts.get('listing_id', '')}"
    for fault in problem.facts.get("errors") or ():
        advice += f"\n  {fault.get('pointer', '')}: {fault.get('detail', '')}"
    request = f"\n(request {problem.request_id})" if problem.request_id else ""
    return f"{problem.title}: {problem.detail}{advice}{request}"


def choose_listing(client: Client, wanted: str | None) -> dict[str, Any]:
    """The listing meant: by id, by the start of its title, or the best-ranked one where none is named."""
    if wanted is not None and wanted.startswith("lst_"):
        return client.listing(wanted)
    found = list(client.listings(limit=100))
    if not found:
        stop(
            "Nothing is on offer yet: the first listings appear after their burn-in. See: sigma market"
        )
    if wanted is None:
        return found[0]
    start = wanted.casefold()
    exact = [one for one in found if one["title"].casefold() == start]
    fits = exact or [one for one in found if one["title"].casefold().startswith(start)]
    if len(fits) == 1:
        return fits[0]
    if not fits:
        stop(f"No listing's title begins with {wanted!r}. See: sigma market")
    titles = ", ".join(one["title"] for one in fits)
    stop(f"{wanted!r} fits several listings: {titles}. Say more of the title, or the id.")


def choose_subscribed(client: Client, wanted: str | None) -> dict[str, Any]:
    """The listing meant, where none is named the one subscribed to last."""
    if wanted is not None:
        return choose_listing(client, wanted)
    for subscription in client.subscriptions():
        if subscription["status"] in {"active", "past_due"}:
            return client.listing(subscription["listing_id"])
    stop("You have no subscription yet. Run: sigma subscribe")
