"""The payment gateway in words: when it answered and was heard, and what to do where money does not go on."""

from typing import Any

from arena.kit.clock import from_iso
from arena.web.page import N_, _, ngettext

NAMES = {
    "fake": N_("pretended"), "manual": N_("bank transfers by hand"), "stripe": N_("Stripe"),
}  # fmt: skip
FAILURES = {
    "gateway_unavailable": N_("no answer, or too many calls"),
    "stripe_misread": N_("it does not take the key, or the key may not do this"),
}  # fmt: skip
HERE, BOOKS, EVENTS = (
    "/operator/payments",
    "/operator/books",
    "/operator/dead-letters#gateway-events",
)


def gateway_words(facts: dict[str, Any]) -> tuple[str, str, str, str]:
    """How it is, what it means, what to do, and where."""
    means = _(
        "Where subscribers pay and creators are paid; its books are compared with ours each day."
    )
    says = _(NAMES.get(facts["name"], facts["name"]))
    if facts["payouts_by"] != facts["name"]:
        says += ", " + _(
            "payouts: %(by)s", by=_(NAMES.get(facts["payouts_by"], facts["payouts_by"]))
        )
    if "stripe" in (facts["name"], facts["payouts_by"]):
        says += f", {_heard(facts)}"
    advice = _advice(facts)
    if facts["apart"] or facts["compare_overdue"]:
        path = BOOKS
    elif facts["given_up"]:
        path = EVENTS
    else:
        path = "/operator/payouts" if facts["payouts_stuck"] else HERE
    return says, means, advice, path


def _heard(facts: dict[str, Any]) -> str:
    said = (
        _("answered %(at)s", at=_at(facts["answered_at"]))
        if facts["answered_at"]
        else _("has not answered yet")
    )
    told = (
        _("last webhook %(at)s", at=_at(facts["webhook_at"]))
        if facts["webhook_at"]
        else _("no webhook yet")
    )
    parts = [said, told]
    if facts["unknown"]:
        parts.append(ngettext(
            "%(count)s charge of unknown end", "%(count)s charges of unknown end", facts["unknown"]
        ))  # fmt: skip
    return ", ".join(parts)


def _advice(facts: dict[str, Any]) -> str:
    """The worst first; empty where nothing is to be done."""
    answered, failed = facts["answered_at"], facts["failed_at"]
    if failed and (not answered or answered < failed):
        why = FAILURES.get(facts["failure"], facts["failure"] or "?")
        return _(
            "It did not answer at %(at)s: %(why)s. Charges and payouts wait and are made up for by themselves; look at"
            " ARENA_STRIPE_KEY and its rights, and at status.stripe.com.",
            at=_at(failed), why=_(why),
        )  # fmt: skip
    if facts["apart"]:
        return ngettext(
            "%(count)s line has been in one of the two books only for a day: payouts wait until you have looked"
            " into it.",
            "%(count)s lines have been in one of the two books only for a day: payouts wait until you have"
            " looked into them.",
            facts["apart"],
        )  # fmt: skip
    if facts["compare_overdue"]:
        return _(
            "Books have not been compared for a day and a half: payouts wait. It is tried again by itself every few"
            " minutes; the last try: %(why)s.",
            why=_(FAILURES.get(facts["compare_failure"], facts["compare_failure"] or N_("none was made"))),
        )  # fmt: skip
    if facts["given_up"]:
        return ngettext(
            "%(count)s event of the gateway could not be heeded for two days: read why, mend it, try it again.",
            "%(count)s events of the gateway could not be heeded for two days: read why, mend it, try them again.",
            facts["given_up"],
        )  # fmt: skip
    if facts["payouts_stuck"]:
        return ngettext(
            "%(count)s payout does not go on. Mostly the balance at Stripe is too low: top it up, it is tried"
            " again by itself.",
            "%(count)s payouts do not go on. Mostly the balance at Stripe is too low: top it up, they are tried"
            " again by themselves.",
            facts["payouts_stuck"],
        )  # fmt: skip
    if facts["status"] == "ok":
        return ""
    if facts["unknown"]:
        return _(
            "What became of some charges is unknown for a quarter of an hour; the worker asks after them."
        )
    return _(
        "Webhooks do not arrive; events are polled each minute instead. Look whether Stripe's dashboard names your"
        " address with /billing/webhooks/stripe, and whether ARENA_STRIPE_WEBHOOK_SECRET is the one shown there."
    )


def _at(text: str) -> str:
    return f"{from_iso(text):%d %b %H:%M} UTC"
