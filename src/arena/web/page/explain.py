"""Errors in the words of people. The messages of the API speak to programs, of routes and headers."""

from collections.abc import Callable
from typing import Any

from arena.kit.errors import ArenaError
from arena.web.page.words import N_, _

# By status: a title, and what is said where nothing more is known.
TITLES: dict[int, tuple[str, str]] = {
    401: (N_("Sign in first"), N_("This page is for people who are signed in.")),
    402: (N_("For subscribers"), N_("These signals are for subscribers.")),
    403: (N_("Not yours to see"), N_("Your account may not do this.")),
    404: (N_("Nothing here"), N_("There is no such page. It may have moved, or never was.")),
    405: (N_("Not like this"), N_("This address does not take what was sent to it.")),
    409: (N_("It has changed"), N_("Somebody was faster. Reload the page and look again.")),
    413: (N_("Too much at once"), N_("What was sent is too long for this arena.")),
    422: (N_("That did not work"), N_("Something in the address or the form cannot be read.")),
    429: (N_("Too fast"), N_("Too many requests from you in a short time. Wait a moment.")),
    500: (N_("Something broke here"), N_("It was written to the log. Tell the operator the id below.")),
    503: (N_("Not right now"), N_("A part of the arena does not answer. Try again in a moment.")),
}

_DECLINES = {
    "card_declined": N_("The bank declined the card."),
    "insufficient_funds": N_("The card has not enough funds."),
    "charge_failed": N_("The charge failed at the bank."),
    "not_confirmed": N_("The charge was not confirmed."),
}


def _declined(facts: dict[str, Any]) -> str:
    why = _(_DECLINES.get(str(facts.get("decline_code")), N_("The card was declined.")))
    return _("%(why)s Nothing was charged and the subscription did not start. Try another card.", why=why)


# By code: words, which may name the error's facts, or a function of the facts.
WORDS: dict[str, str | Callable[[dict[str, Any]], str]] = {
    "card_declined": _declined,
    "card_refused": N_(
        "The fake gateway takes test cards only, never real ones. 4242 4242 4242 4242 pays."
    ),
    "already_subscribed": N_(
        "You have a subscription to this listing already. End it first to take another tier."
    ),
    "seats_taken": N_("All %(seats)s seats of this tier are taken. Nothing was charged."),
    "own_listing": N_("This listing is your own: you receive its signals without a subscription."),
    "gateway_unavailable": N_(
        "The payment gateway does not answer. Whether the charge went through is being found out;"
        " send the form again, you will not be charged twice."
    ),
    "charge_under_way": N_(
        "A charge is on its way this moment. Try again in half a minute, when it is known what became of it."
    ),
    "cross_site": N_("This form came from another site. Open the page here and send it again."),
    "scope_missing": N_("Your account may not do this."),
    "wrong_kind_of_caller": N_("This page is for people who are signed in."),
    "too_many_requests": N_("Too many tries in a short time. Wait %(retry_after_s)s seconds."),
    "no_such_listing": N_("There is no such listing, or it is not on offer yet."),
    "not_your_listing": N_("This listing belongs to another creator."),
    "idempotency_key_missing": N_("Part of this form did not arrive. Reload the page and send it again."),
    "call_still_running": N_("This form is being worked on. Wait a second and reload."),
    "bad_cursor": N_("This page of the list is no longer there. Start from the first page."),
    "database_busy": N_("The database does not answer right now. Try again in a second."),
}


def explain(refused: ArenaError) -> str:
    """What a person is told of an error: our own words for it, else the error's message."""
    words = WORDS.get(refused.code())
    if words is None:
        return refused.detail
    if callable(words):
        return words(refused.facts)
    return _(words, **refused.facts) if "%(" in words else _(words)
