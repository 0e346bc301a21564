"""How a subscription stands: what its person has, what is charged next, what is owed, in words to act on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Literal

from arena.kit.db import Tx
from arena.kit.money import Money
from arena.marketplace import listings, subscriptions
from arena.marketplace.subscriptions import Status, Subscription
from arena.money import billing
from arena.web.page import N_, _, ngettext
from arena.web.page.explain import decline_words
from arena.web.page.numbers import money
from arena.web.pages.subscriber.outlook import Outlook, outlook
from arena.web.views.offer import GETS, NAMES

State = Literal[
    "waiting",
    "trial",
    "active",
    "leaving",
    "canceled",
    "pausing",
    "paused",
    "grace",
    "stopped",
    "disputed",
    "ended",
]
# By state: the badge's words and tone.
BADGES: dict[State, tuple[str, str]] = {
    "waiting": (N_("waiting for your bank"), "warn"),
    "trial": (N_("trial"), "good"),
    "active": (N_("active"), "good"),
    "leaving": (N_("not renewed"), "warn"),
    "canceled": (N_("canceled"), "plain"),
    "pausing": (N_("pauses soon"), "warn"),
    "paused": (N_("paused"), "warn"),
    "grace": (N_("past due"), "bad"),
    "stopped": (N_("past due, access stopped"), "bad"),
    "disputed": (N_("disputed, access stopped"), "bad"),
    "ended": (N_("ended"), "plain"),
}
_ENDED = {
    "canceled": N_("You canceled it."),
    "unpaid": N_("The renewal stayed unpaid."),
    "listing_taken_down": N_("The operator took the listing off the market."),
    "listing_delisted": N_("The creator stopped selling the listing, so it was not renewed."),
    "price_rise": N_("The price had risen and was not agreed to, so it was not renewed."),
    "cooling_off": N_("You took it back."),
    "disputed": N_("The bank took a disputed charge back."),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """A subscription beside its listing and card. `left` are the days of grace, `owed` what is owed back,
    `waits_for` the charge that its person has to confirm. `outlook` is None once it has ended."""

    subscription: Subscription
    listing: listings.Listing
    card: str
    state: State
    left: str
    owed: Money | None
    waits_for: str | None
    outlook: Outlook | None

    @property
    def price(self) -> str:
        """What it costs, in words: $99 a month."""
        return period_price(self.subscription.amount, self.subscription.period)

    @property
    def live(self) -> bool:
        return self.state != "ended"

    @property
    def pays(self) -> bool:
        """Whether another card can be given to it."""
        return self.subscription.status in (Status.ACTIVE, Status.PAST_DUE, Status.PAUSED)

    @property
    def badge(self) -> tuple[str, str]:
        words, tone = BADGES[self.state]
        return _(words), tone

    @property
    def tier(self) -> str:
        return _(NAMES[self.subscription.tier])

    @property
    def gets(self) -> tuple[str, ...]:
        return GETS["pro" if self.subscription.tier == "enterprise" else self.subscription.tier]

    @property
    def over_because(self) -> str:
        return over_because(self.subscription)


async def standing(tx: Tx, found: Subscription) -> Standing:
    return (await standings(tx, found.person_id, [found]))[0]


async def standings(tx: Tx, person_id: str, found: Sequence[Subscription]) -> list[Standing]:
    """Of these subscriptions, which are all the person's own."""
    cards = {card.id: card.label for card in await billing.payment_methods(tx, person_id)}
    offered = {i: await listings.listing(tx, i) for i in {s.listing_id for s in found}}
    made = []
    for each in found:
        listing = offered[each.listing_id]
        state = _state(each, listing, tx.now)
        until = each.access_until
        made.append(
            Standing(
                each, listing, cards.get(each.payment_method_id, _("a card")), state,
                _left(until - tx.now) if state == "grace" and until else "",
                await _owed(tx, each) if state == "ended" else None,
                await _waits_for(tx, each) if state != "ended" else None,
                await outlook(tx, each, listing) if state != "ended" else None,
            )
        )  # fmt: skip
    return made


def over_because(found: Subscription | None) -> str:
    """Why its person has no access, in words; "" where that is not known."""
    if found is None:
        return ""
    if found.disputed and found.status is not Status.ENDED:
        return _("A charge of it is disputed with the bank.")
    if found.status is Status.PAUSED:
        return _("It is paused.")
    if found.status is Status.PAST_DUE:
        return _("The renewal is not paid, and the days of grace are over.")
    if found.cancel_at_period_end:
        return _(_ENDED["canceled"])
    reason = found.end_reason or ""
    if reason.startswith("declined: "):
        return _("The first charge did not go through. ") + decline_words(reason[10:])
    return _(_ENDED[reason]) if reason in _ENDED else ""


def period_price(price: Money, period: listings.Period) -> str:
    """$99 a month, $990 a year."""
    if period == "year":
        return _("%(price)s a year", price=money(price))
    return _("%(price)s a month", price=money(price))


def moment(at: datetime) -> str:
    """An instant as plain text, for a word that is said in passing."""
    return f"{at.day} {at:%b %Y, %H:%M} UTC"


def _state(found: Subscription, listing: listings.Listing, now: datetime) -> State:
    has_access = found.access_until is not None and now < found.access_until
    if found.status is Status.INCOMPLETE:
        return "waiting"
    if found.status is Status.ENDED:
        return "ended"
    if found.disputed:
        return "disputed"
    if found.status is Status.PAUSED:
        return "paused"
    if found.status is Status.PAST_DUE:
        return "grace" if has_access else "stopped"
    if not has_access:
        return "ended"
    if found.cancel_at_period_end:
        return "canceled"
    if found.pause_months is not None:
        return "pausing"
    if found.trial:
        return "trial"
    return "leaving" if listing.status is listings.Status.DELISTED else "active"


def _left(span: timedelta) -> str:
    if span > timedelta(days=1):
        days = ceil(span / timedelta(days=1))
        return ngettext("%(count)s day of grace left", "%(count)s days of grace left", days)
    hours = max(1, ceil(span / timedelta(hours=1)))
    return ngettext("%(count)s hour of grace left", "%(count)s hours of grace left", hours)


async def _owed(tx: Tx, found: Subscription) -> Money | None:
    """What the ledger says is owed back to the person for this subscription; None for nothing."""
    owed = await subscriptions.owed_for(tx, found)
    return owed if owed.minor else None


async def _waits_for(tx: Tx, found: Subscription) -> str | None:
    """A change's charge waits beside those of its own."""
    references = await subscriptions.references(tx, found.id)
    newest = await billing.charges(tx, found.person_id, references, limit=len(references) + 1)
    return next((charge.id for charge in newest if charge.state == "requires_action"), None)
