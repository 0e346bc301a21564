"""Access of a person to a listing's signals in words: what holds now and why, and what held before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup

from arena.kit.db import Tx
from arena.marketplace import entitlements
from arena.marketplace.entitlements import Decided
from arena.web.draw import Stretch, stretch_figure
from arena.web.page import N_, _
from arena.web.views.offer import NAMES

# By reason: what it means for whoever asks why signals come, or do not.
REASONS: Mapping[str, str] = {
    "owner": N_("It is your own."),
    "paid": N_("The running period is paid."),
    "trial": N_("You are trying it: nothing was charged yet."),
    "grace": N_("The period is over and its renewal not through yet: these are days of grace."),
    "seat": N_("You hold a seat of somebody's subscription."),
    "comp": N_("It is complimentary: given for nothing."),
    "free": N_("You follow for free: signals come late, without the rationale."),
    "none": N_("You have no subscription, seat or free follow."),
    "incomplete": N_("The first charge is not through."),
    "declined": N_("The first charge was declined."),
    "past_due": N_("The renewal is not paid, and the days of grace are over."),
    "unpaid": N_("The renewal stayed unpaid."),
    "paused": N_("The subscription is paused."),
    "canceled": N_("It was canceled, and what was paid is over."),
    "price_rise": N_("The price had risen and was not agreed to."),
    "cooling_off": N_("It was taken back, and all that was paid is owed back."),
    "disputed": N_("A charge is disputed with the bank."),
    "moderation": N_("The operator took the listing off the market."),
    "listing_delisted": N_("The creator has stopped selling the listing."),
    "seat_revoked": N_("The seat is over."),
    "comp_ended": N_("The last day of the complimentary access is over."),
    "comp_revoked": N_("The complimentary access was ended by whoever gave it."),
    "comp_given_back": N_("The complimentary access was given back."),
    "free_ended": N_("You stopped following for free."),
    "free_closed": N_("The creator has closed the free tier."),
    "ended": N_("The subscription has ended."),
}
# The same, where it lies ahead and comes only if nothing happens before.
IF_NOT: Mapping[str, str] = {
    "grace": N_("Days of grace, if the next period is not paid by then."),
    "past_due": N_("If the next period is still not paid."),
}
KINDS: Mapping[str, str] = {
    "subscription": N_("subscription"), "seat": N_("seat"), "free": N_("free follow"),
    "complimentary": N_("complimentary"),
}  # fmt: skip
AHEAD = timedelta(days=7)  # drawn beyond now where a stretch has no end


@dataclass(frozen=True, slots=True)
class Line:
    """A stretch of the history. `ahead`: it comes of itself, if nothing else happens before."""

    decided: Decided
    ahead: bool

    @property
    def reason(self) -> str:
        if self.ahead and self.decided.reason in IF_NOT:
            return _(IF_NOT[self.decided.reason])
        return reason_words(self.decided.reason)

    @property
    def kind(self) -> str:
        return _(KINDS[self.decided.kind])

    @property
    def tier(self) -> str:
        return tier_name(self.decided.tier)


@dataclass(frozen=True, slots=True)
class Access:
    """What holds now, and the history, newest first."""

    decision: entitlements.Decision
    lines: Sequence[Line]
    drawing: Markup
    at: datetime

    @property
    def reason(self) -> str:
        return reason_words(self.decision.reason)

    @property
    def tier(self) -> str:
        return tier_name(self.decision.tier or "")


async def access_of(tx: Tx, person_id: str, listing_id: str, feed_id: str) -> Access:
    """As of now."""
    rows = await entitlements.history(tx, person_id, listing_id)
    return Access(
        await entitlements.may(tx, person_id, feed_id),
        [Line(row, row.valid_from > tx.now) for row in rows], _drawing(rows, tx.now), tx.now,
    )  # fmt: skip


def reason_words(reason: str) -> str:
    """In a sentence; the bare word where it has none."""
    return _(REASONS[reason]) if reason in REASONS else reason


def tier_name(tier: str) -> str:
    """In the reader's language."""
    return _("Free") if tier == "free" else _(NAMES[tier]) if tier in NAMES else ""


def _drawing(rows: Sequence[Decided], now: datetime) -> Markup:
    """Full where signals came at once, half where late, empty where there were none."""
    stretches = [
        Stretch(
            row.valid_from, row.valid_until or max(now, row.valid_from) + AHEAD,
            0.0 if not row.can_access else 1.0 if row.tier in ("pro", "enterprise") else 0.5,
            reason_words(row.reason),
        )
        for row in reversed(rows)
    ]  # fmt: skip
    return stretch_figure(stretches, now, _("Access over time; the table below says the same."))
