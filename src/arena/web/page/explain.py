"""Errors in the words of people. The messages of the API speak to programs, of routes and headers."""

from collections.abc import Callable
from typing import Any

from arena.kit.errors import ArenaError
from arena.web.page.words import N_, _, ngettext

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
    500: (
        N_("Something broke here"),
        N_("It was written to the log. Tell the operator the id below."),
    ),
    503: (N_("Not right now"), N_("A part of the arena does not answer. Try again in a moment.")),
}

_DECLINES = {
    "card_declined": N_("The bank declined the card."),
    "insufficient_funds": N_("The card has not enough funds."),
    "charge_failed": N_("The charge failed at the bank."),
    "not_confirmed": N_("The charge was not confirmed."),
    "card_removed": N_("The card was taken away at the payment provider."),
}


def decline_words(code: str | None) -> str:
    """Why a charge failed, from the gateway's code."""
    return _(_DECLINES.get(code or "", N_("The card was declined.")))


def _declined(facts: dict[str, Any]) -> str:
    why = decline_words(str(facts.get("decline_code")))
    return _(
        "%(why)s Nothing was charged and the subscription did not start. Try another card.", why=why
    )


def _change_declined(facts: dict[str, Any]) -> str:
    why = decline_words(str(facts.get("decline_code")))
    return _(
        "%(why)s Nothing was charged and all stays as it is. Choose another card first.", why=why
    )


def _too_many(facts: dict[str, Any]) -> str:
    seconds = int(facts.get("retry_after_s", 60))
    wait = (
        ngettext("%(count)s second", "%(count)s seconds", seconds)
        if seconds < 90
        else ngettext("%(count)s minute", "%(count)s minutes", -(-seconds // 60))
    )
    return _("Too many tries in a short time. Wait %(wait)s, then try again.", wait=wait)


# By code: words, which may name the error's facts, or a function of the facts.
WORDS: dict[str, str | Callable[[dict[str, Any]], str]] = {
    "card_declined": _declined,
    "payout_blocked": N_("Nothing can be paid out yet: the checklist says what is missing."),
    "too_little": N_("A payout is at least %(least)s, and %(payable)s can be paid out now."),
    "document_refused": N_("The document cannot be taken: %(reason)s"),
    "document_needed": N_(
        "Your identity was accepted on these documents: they stay until they are erased by themselves."
    ),
    "document_missing": N_(
        "No document that shows who this is has been handed in. Refuse with that as the reason."
    ),
    "no_such_document": N_("There is no such document any more."),
    "look_over": N_("A document is shown for ten minutes. Go back and say again why you look."),
    "list_refused": N_("The list was not loaded: %(reason)s"),
    "case_moved_on": N_("It was decided meanwhile. Reload the page."),
    "not_your_own_case": N_("It is about you: another operator has to look at it."),
    "no_such_payout": N_("There is no such payout of yours."),
    "no_such_invoice": N_("There is no such invoice of yours."),
    "no_such_bill": N_("It is not an invoice that waits to be paid."),
    "bill_over": N_("The invoice %(number)s is %(state)s: nothing is to be paid."),
    "no_such_paper": N_("There is no such paper any more. Reload the page."),
    "card_refused": N_(
        "The fake gateway takes test cards only, never real ones. 4242 4242 4242 4242 pays."
    ),
    "already_subscribed": N_(
        "You have a subscription to this listing already. Its page takes you to another tier."
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
    "no_such_tier": N_("This listing is not sold in that tier. Its page shows the tiers it has."),
    "not_on_offer": N_("This listing takes no new subscribers now. Nothing was charged."),
    "price_moved": N_(
        "The price has changed while you looked: it is %(price)s now. Nothing was charged; agree to the new"
        " price, or leave it."
    ),
    "change_declined": _change_declined,
    "proration_moved": N_(
        "Time has gone on while you looked, and the change costs %(charge)s now. Nothing was charged; look at the"
        " figures again."
    ),
    "not_running": N_("Only a subscription that runs can be changed. Pay what is due first."),
    "on_trial": N_("On trial the tier stays; once the first period is paid you can take another."),
    "ends_anyway": N_("It ends with its period. Keep it after all, then change it."),
    "pauses_soon": N_("It pauses with its period. Take that back first."),
    "not_paused": N_("It is not paused, so there is nothing to resume."),
    "no_seats": N_("This subscription has no seats for others: they come with Enterprise."),
    "subscription_stopped": N_("The subscription does not run now, so nobody can be let in by it."),
    "seats_full": N_("All %(seats)s seats are taken. When one is freed, this link works."),
    "too_many_invited": N_("%(invited)s invitations are open, the most there can be. Revoke some."),
    "already_invited": N_("%(email)s has a seat already."),
    "already_seated": N_("You hold a seat of this subscription already."),
    "seat_of_your_own": N_("This is your own subscription: you need no seat."),
    "seat_link_over": N_("This invitation cannot be used any more. Ask for a new one."),
    "not_your_seat": N_("There is no such seat of yours."),
    "not_yours_to_give": N_("Only the listing's owner or an operator gives access for nothing."),
    "no_such_complimentary": N_("There is no such complimentary access of yours."),
    "last_day_out_of_bounds": N_("From %(first)s to %(last)s, by the arena's time."),
    "complimentary_full": N_(
        "%(open)s are open, and %(most)s can be at one time. Revoke one, or wait until one is over."
    ),
    "complimentary_taken": N_("%(email)s has it already. Revoke it first to give something else."),
    "complimentary_tier_full": N_(
        "All %(seats)s seats of this tier are taken. When one is free, this link works."
    ),
    "already_complimentary": N_("You have complimentary access to this listing already."),
    "complimentary_to_yourself": N_(
        "Nobody gives it to himself: whoever owns a listing has its signals anyway."
    ),
    "complimentary_link_over": N_("This invitation cannot be used any more. Ask for a new one."),
    "delay_out_of_bounds": N_("From %(least)s to %(most)s whole hours; so the operator allows."),
    "no_free_tier": N_("This listing cannot be followed for free now."),
    "already_better": N_("You receive these signals sooner than a free follower would."),
    "not_following": N_("You do not follow this listing for free."),
    "change_open": N_("A change waits already. Confirm it or take it back first."),
    "nothing_to_change": N_("That is what you have already."),
    "not_by_that": N_("This tier is not sold by that period."),
    "nothing_to_undo": N_("There is nothing to take back: what was to come has come."),
    "price_not_asked": N_(
        "The listing asks %(asked)s meanwhile. Nothing was changed; look at the price again."
    ),
    "trial_taken": N_(
        "You have had the trial of this listing. Nothing was begun; subscribe without."
    ),
    "no_trial": N_("This tier has no trial."),
    "nothing_to_confirm": N_("This charge waits for nobody any more: see below what became of it."),
    "intent_differs": N_(
        "Another purchase was made with this form. Reload the page and begin anew."
    ),
    "no_such_subscription": N_("You have no such subscription."),
    "subscription_over": N_(
        "This subscription is over: it takes no other card. Subscribe anew at the listing."
    ),
    "payment_required": N_("These signals are for subscribers. The listing says what they cost."),
    "not_entitled": N_("You are not entitled to this feed, and it is not on offer."),
    "payment_method_unknown": N_("You keep no such card. Choose another one."),
    "attempt_unknown": N_("You have no such payment."),
    "too_many_streams": N_(
        "You have %(held)s live pages open already. Close one of them, then reload this one."
    ),
    "cross_site": N_("This form came from another site. Open the page here and send it again."),
    "scope_missing": N_("Your account may not do this."),
    "wrong_kind_of_caller": N_("This page is for people who are signed in."),
    "too_many_requests": _too_many,
    "no_such_listing": N_("There is no such listing, or it is not on offer yet."),
    "not_your_listing": N_("This listing belongs to another creator."),
    "not_your_feed_to_list": N_(
        "This feed belongs to a collective that is not yours: only its owner may list it."
    ),
    "already_listed": N_(
        "This feed has a listing already. Go back to the studio and change that one."
    ),
    "malformed_card": N_(
        "This card cannot be kept: below is what is wrong with it. The Lab writes cards as they must be."
    ),
    "card_of_another": N_(
        "Somebody else has sent this very card before. Say in its study what is yours, and make it again."
    ),
    "not_your_card": N_("This card is another's: only whoever sent it may publish it."),
    "not_the_feeds_card": N_(
        "This feed's lineage is not the card's: they differ in %(differ)s. Give the feed the card's lineage, by a call"
        " that its collective signs, or send the card of the lineage it has."
    ),
    "card_says_too_little": N_(
        "What the card says as %(field)s has fewer than %(least)s characters. Say more in the study's words, and make"
        " the card again."
    ),
    "nothing_changed": N_(
        "This is word for word what version %(version)s says, so no new version was made."
    ),
    "version_moved": N_(
        "While you wrote, version %(version)s was saved: by you in another window, or by your collective. Nothing"
        " of yours is lost. Compare the two below; sending again puts yours in its place."
    ),
    "gates_not_passed": N_(
        "It was not handed in: not all checks passed. See below what is missing."
    ),
    "checks_busy": N_(
        "The records of other listings are being checked right now. Try again in some seconds."
    ),
    "last_key": N_(
        "This is the last key of the collective. Without another one it can never sign again: add a new key first,"
        " or tick the box to say that this is meant."
    ),
    "idempotency_key_missing": N_(
        "Part of this form did not arrive. Reload the page and send it again."
    ),
    "call_still_running": N_("This form is being worked on. Wait a second and reload."),
    "bad_cursor": N_("This page of the list is no longer there. Start from the first page."),
    "case_decided": N_(
        "Another operator was faster: this submission is %(state)s already. Nothing of yours was changed."
    ),
    "own_case": N_(
        "Nobody reviews what is their own. Another operator has to decide; where there is none, give somebody"
        " the role first."
    ),
    "no_such_case": N_("There is no such submission."),
    "no_such_dead_letter": N_(
        "It is not among the dead letters any more: it was replayed already, or went through."
    ),
    "board_busy": N_("The board of this day is being worked out. Try again in some seconds."),
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
