"""Payouts, their gates and papers in words, as creators and operators read them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from arena.money.payouts import Checklist, Gate
from arena.web.page import N_, _, ngettext
from arena.web.page.numbers import money
from arena.web.views.due_at_provider import problem_words

# State: word, tone of its badge, what it means.
STATES: dict[str, tuple[str, str, str]] = {
    "requested": (N_("waits for two operators"), "warn", N_("Set aside; large payouts are looked at first.")),
    "reserved": (N_("is about to be sent"), "accent", N_("Set aside; sent within the hour.")),
    "in_transit": (N_("on its way"), "accent", N_("Sent to the bank, not arrived yet.")),
    "paid": (N_("paid"), "good", N_("Arrived.")),
    "failed": (N_("failed"), "bad", N_("Did not arrive; the money is available again.")),
    "cancelled": (N_("cancelled"), "plain", N_("Was never sent; the money is available again.")),
    "reversed": (N_("came back"), "bad", N_("Had arrived and came back; the money is available again.")),
}  # fmt: skip
# A payout's step through an account at the payment provider.
STEPS: dict[str, str] = {
    "sending": N_("The transfer to the creator's account at the provider is being made."),
    "transferred": N_("It is on the creator's account at the provider; the way to the bank is next."),
    "paying": N_("The provider has sent it to the creator's bank."),
    "bounced": N_("The bank sent it back; it is being fetched from the creator's account at the provider."),
}  # fmt: skip
PAPERS: dict[str, str] = {
    "identity": N_("Who you are"), "tax_form": N_("Tax form"), "account": N_("Payout account"),
}  # fmt: skip
FORMS: dict[str, str] = {
    "person": N_("a person"), "company": N_("a company"),
    "w9": N_("W-9: persons and companies of the United States"),
    "w8ben": N_("W-8BEN: persons of other countries"),
    "w8bene": N_("W-8BEN-E: companies of other countries"),
    "fake": N_("pretended account, for trying out"), "manual": N_("bank account"),
    "stripe": N_("account at Stripe"),
}  # fmt: skip
_TITLES: dict[str, str] = {
    **PAPERS, "sanctions": N_("Not on a sanctions list"), "no_stop": N_("Nothing is looked into"),
    "reconciled": N_("The books agree"),
    "interval": N_("A day since the last payout"), "amount": N_("Enough to pay out"),
}  # fmt: skip
_PASSED: dict[str, str] = {
    "identity": N_("An operator has looked at it."), "tax_form": N_("Accepted and in force."),
    "sanctions": N_("Your name is on none that the operator has loaded."),
    "account": N_("Accepted, and in your name."), "no_stop": N_("No stop is in force."),
    "reconciled": N_("What the ledger says and what the payment gateway says match."),
    "interval": N_("No payout is under way."), "amount": N_("There is enough."),
}  # fmt: skip
_OPEN: dict[str, str] = {
    "none": N_("Not handed in yet."),
    "waiting": N_("Handed in; an operator looks at it."),
    "expired": N_("It has expired: hand in a new one."),
    "other_name": N_("It must be in the same name as your identity."),
    "other_gateway": N_("This arena pays in another way now: give an account for it."),
    "unfinished": N_("Opened, but not filled in at the payment provider yet."),
    "checked_there": N_("The payment provider looks at it; mostly within a day."),
    "unmatched": N_("Some lines are being looked into. Payouts go on as soon as all match."),
    "under_way": N_("One is under way; the next can be asked for when it has ended."),
    "early": N_("One a day."),
    "unscreened": N_("Your name is being compared; that takes a minute."),
    "looked_into": N_(
        "Your name looks like one on a list, as many do. An operator looks at it; a document with your date of birth"
        " helps."
    ),
    "confirmed": N_(
        "An operator has decided that you are on a list: by law nothing can be paid to you. If it is a mistake, write"
        " to the operator."
    ),
}


_CLOSED: dict[str, str] = {
    "none": N_("not handed in"), "waiting": N_("not looked at yet"), "refused": N_("refused"),
    "expired": N_("expired"), "other_name": N_("in another name"), "other_gateway": N_("for another way of paying"),
    "unfinished": N_("not filled in at the provider"), "due_there": N_("the provider asks for more"),
    "checked_there": N_("the provider looks at it"), "closed_there": N_("closed at the provider"),
    "stopped": N_("stopped"), "unmatched": N_("lines do not match"), "unscreened": N_("not compared yet"),
    "looked_into": N_("a case is open"), "confirmed": N_("on a list"),
}  # fmt: skip
_ACTIONS: dict[str, str] = {
    "none": N_("Hand it in"), "unfinished": N_("Go on"), "due_there": N_("See what is missing"),
    "checked_there": N_("Look at it"), "closed_there": N_("Look at it"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class GateLine:
    """A gate in words; `path` is where it is mended, if it can be."""

    gate: Gate
    title: str
    words: str
    path: str
    action: str


def gate_lines(found: Checklist) -> list[GateLine]:
    return [_line(found, gate) for gate in found.gates]


def _line(found: Checklist, gate: Gate) -> GateLine:
    if gate.state == "looked_into":
        documents = "/studio/payouts/documents"
        return GateLine(
            gate, _(_TITLES[gate.name]), _words(found, gate), documents, _("Your documents")
        )
    path = f"/studio/payouts/papers/{gate.name}" if gate.name in PAPERS else ""
    action = "" if gate.passed else _(_ACTIONS.get(gate.state, N_("Hand in another")))
    return GateLine(gate, _(_TITLES[gate.name]), _words(found, gate), path, action if path else "")


def _words(found: Checklist, gate: Gate) -> str:
    if gate.passed:
        return _(_PASSED[gate.name])
    special: dict[str, Callable[[], str]] = {
        "due_there": lambda: ngettext(
            "The payment provider asks for %(count)s more thing.",
            "The payment provider asks for %(count)s more things.", int(gate.detail or 1),
        ),
        "closed_there": lambda: problem_words(gate.detail or "rejected"),
        "refused": lambda: _("Refused: %(reason)s", reason=gate.detail),
        "stopped": lambda: _("Payouts are stopped: %(reason)s", reason=gate.detail),
        "short": lambda: _(
            "A payout is at least %(least)s; %(payable)s can be paid out now.",
            least=money(found.least), payable=money(found.payable),
        ),
    }  # fmt: skip
    return special[gate.state]() if gate.state in special else _(_OPEN[gate.state])


def closed_words(gates: Iterable[Gate]) -> str:
    """What keeps a payout from going on, as operators read it."""
    return "; ".join(
        f"{_(_TITLES[gate.name])} ({_(_CLOSED.get(gate.state, gate.state))})" for gate in gates
    )
