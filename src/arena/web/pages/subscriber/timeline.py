"""What happened to a subscription, in its person's words; read from the audit trail, which forgets nothing."""

from dataclasses import dataclass
from datetime import datetime

from arena.evidence import audit
from arena.evidence.audit import AuditEvent
from arena.kit.db import Tx
from arena.marketplace.subscriptions import Subscription
from arena.web.page import N_, _
from arena.web.page.explain import decline_words
from arena.web.pages.subscriber.standing import over_because

STEPS_MAX = 40
_WORDS = {
    "subscriptions.subscribe": N_("You subscribed, and the first charge was begun."),
    "subscriptions.activate": N_("The first charge went through: access began."),
    "subscriptions.renew": N_("A further period was paid."),
    "subscriptions.change": N_("You asked for another tier or period."),
    "subscriptions.changed": N_("The other tier or period began."),
    "subscriptions.change_declined": N_(
        "The charge for the other tier was declined; all stayed as it was."
    ),
    "subscriptions.change_late": N_(
        "The charge for the other tier came too late; it is owed back to you."
    ),
    "subscriptions.undo": N_("You took back what was to come."),
    "subscriptions.pause": N_("You asked for a pause, from the end of what is paid."),
    "subscriptions.paused": N_("The pause began."),
    "subscriptions.resume_pause": N_("You ended the pause."),
    "subscriptions.suspend": N_("A charge was disputed with the bank: access stopped."),
    "subscriptions.resume": N_("The dispute was decided for it: access went on."),
    "subscriptions.agree": N_("You agreed to the new price."),
    "subscriptions.pay_with": N_("You chose the card that pays from now on."),
    "subscriptions.cancel": N_("You canceled: access lasts to the end of what is paid."),
}


@dataclass(frozen=True, slots=True)
class Step:
    """`at` is product time."""

    at: datetime
    words: str


async def timeline(tx: Tx, found: Subscription) -> list[Step]:
    """The last steps, oldest first."""
    events = await audit.search(
        tx, object=found.id, action="subscriptions.*", limit=STEPS_MAX
    )  # fmt: skip
    steps = [Step(event.at, _words(event, found)) for event in reversed(events)]
    return [step for step in steps if step.words]


def _words(event: AuditEvent, found: Subscription) -> str:
    if event.action == "subscriptions.end":
        return _("It ended. ") + over_because(found)
    if event.action == "subscriptions.past_due":
        if event.reason == "requires_action":
            return _("The renewal waits for you: your bank asks for a confirmation.")
        return _("The renewal was not paid. ") + decline_words(event.reason)
    if event.action == "subscriptions.retry_failed":
        return _("It was tried again and not paid. ") + decline_words(event.reason)
    return _(_WORDS[event.action]) if event.action in _WORDS else ""
