"""The page of one subscription: how it stands, its feed for the entitled, its charges, its cards."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.responses import Response

from arena.kit.clock import from_iso
from arena.kit.db import Tx
from arena.kit.errors import Forbidden
from arena.kit.page import BadCursor, Page, decode_cursor, encode_cursor, page_of
from arena.marketplace import delivery, entitlements, subscriptions
from arena.money import billing
from arena.people.access import Actor
from arena.signals import feeds
from arena.web.page import Filled, Form, Visit, _
from arena.web.page.explain import decline_words
from arena.web.pages.subscriber.rows import Gap, Row, lines
from arena.web.pages.subscriber.standing import Standing, standing
from arena.web.pages.subscriber.timeline import Step, timeline
from arena.web.views.offer import NAMES

SIGNALS = 50
CHARGES = 12


@dataclass(frozen=True, slots=True)
class Shown:
    """A part of a feed, newest first. `newest` is the last sequence there is for the reader, `older` the
    first one shown where there are more before it; `live` where it begins with the newest. `delay` is a free
    follower's."""

    feed: feeds.Feed
    tier: str
    delay: timedelta | None
    lines: Sequence[Row | Gap]
    newest: int
    older: int | None
    live: bool
    right_id: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A charge and what became of it, in words and as the class that colours them."""

    charge: billing.Charge
    words: str
    tone: str


@dataclass(frozen=True, slots=True)
class Detail:
    """All that the page shows. `shown` is None for whoever is not entitled now."""

    standing: Standing
    shown: Shown | None
    cards: Sequence[billing.PaymentMethod]
    charges: Sequence[Line]
    charges_next: str | None
    steps: Sequence[Step]
    at: datetime


async def own(tx: Tx, actor: Actor, subscription_id: str) -> subscriptions.Subscription:
    """Raises NoSuchSubscription, also for those of others."""
    found = await subscriptions.subscription(tx, subscription_id)
    if found.person_id != actor.id:
        raise subscriptions.NoSuchSubscription(subscription_id=subscription_id)
    return found


async def detail(
    tx: Tx,
    actor: Actor,
    subscription_id: str,
    *,
    before: int | None = None,
    charges_after: str | None = None,
) -> Detail:
    """Signals before that sequence, charges after that cursor. Raises NoSuchSubscription, BadCursor."""
    found = await own(tx, actor, subscription_id)
    how = await standing(tx, found)
    charges = await _charges(tx, found, charges_after)
    return Detail(
        how,
        await shown_of(tx, actor, found.feed_id, before) if how.live else None,
        await billing.payment_methods(tx, actor.id),
        [_line(charge) for charge in charges.data],
        charges.next,
        await timeline(tx, found),
        tx.now,
    )


async def show(
    visit: Visit, subscription_id: str, form: Filled[Any] | None = None, **where: Any
) -> Response:
    """The page, in a transaction of its own; with a refused form, with its words and status."""
    async with visit.call.db.transaction(readonly=True) as tx:
        found = await detail(tx, visit.actor, subscription_id, **where)
    ahead = found.standing.outlook
    if note_given(visit, found.shown) and ahead is not None and ahead.refund is not None:
        # What this very page gives may stand against paying back: then it must not offer that.
        await entitlements.given_of(visit.call.db).written()
        async with visit.call.db.transaction(readonly=True) as tx:
            found = await detail(tx, visit.actor, subscription_id, **where)
    fresh: Filled[Form] = Filled()
    return visit.page(
        "subscriber/subscription.html", status=form.status if form else 200, detail=found,
        form=form or fresh, refused=form is not None, names=NAMES,
        cards_are=billing.cards_of(visit.settings),
    )  # fmt: skip


async def shown_of(tx: Tx, actor: Actor, feed_id: str, before: int | None) -> Shown | None:
    try:
        grant = await delivery.entitled(tx, actor, feed_id)
    except Forbidden:
        return None
    newest = await delivery.last_sequence(tx, grant)
    until = newest if before is None else min(before - 1, newest)
    after = max(until - SIGNALS, 0)
    # One signal more: it says what the first one shown has changed.
    found = await delivery.items(tx, grant, after=max(after - 1, 0), limit=SIGNALS + 1)
    return Shown(
        await feeds.feed(tx, feed_id), grant.tier, grant.delay,
        lines(found, tx.now, after=after, until=until), newest, after + 1 if after else None, before is None,
        grant.right_id if grant.live and found else None,
    )  # fmt: skip


def note_given(visit: Visit, shown: Shown | None) -> bool:
    """Writes down that the page gives signals at once; whether it does."""
    if shown is None or shown.right_id is None:
        return False
    newest = next((line.sequence for line in shown.lines if isinstance(line, Row)), 0)
    entitlements.given_of(visit.call.db).note(shown.right_id, (shown.feed.id, newest), "page")
    return True


async def _charges(
    tx: Tx, found: subscriptions.Subscription, cursor: str | None
) -> Page[billing.Charge]:
    after = None
    if cursor is not None:
        at, number, attempt_id = decode_cursor(cursor, (str, int, str))
        try:
            after = from_iso(at), number, attempt_id
        except (ValueError, OverflowError):
            raise BadCursor from None
    wanted = await subscriptions.references(tx, found.id)
    rows = await billing.charges(tx, found.person_id, wanted, after=after, limit=CHARGES + 1)
    return page_of(
        rows, CHARGES, lambda c: encode_cursor(c.period_start.isoformat(), c.number, c.id)
    )


def _line(charge: billing.Charge) -> Line:
    words, tone = {
        "succeeded": (_("Paid"), "good"),
        "failed": (decline_words(charge.decline_code), "bad"),
        "requires_action": (_("Waits for your confirmation"), "warn"),
        "sending": (_("On its way to the bank"), "warn"),
    }[charge.state]
    return Line(charge, words, tone)
