"""My subscriptions: what I pay, until when, and the way out in one click."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from fastapi import Query
from starlette.responses import Response

from arena.kit.clock import from_iso
from arena.kit.page import BadCursor, decode_cursor, encode_cursor, page_of
from arena.marketplace import listings, subscriptions
from arena.marketplace.subscriptions import Status, Subscription, complimentary, free, seats
from arena.money.billing import choose_gateway
from arena.people.access import needs
from arena.web.page import Form, Pages, Visit, VisitDep, _, local_path
from arena.web.pages.subscriber.detail import own, show
from arena.web.pages.subscriber.standing import moment, standings
from arena.web.pages.subscriber.watch import SubscriptionId

routes = Pages()
PAGE = 20
WRITES = needs("subscriptions:write", kinds=("person",))


class BackForm(Form):
    """`back` is the page the button stands on."""

    back: str = "/subscriptions"


@routes.get("/subscriptions", gate=needs("subscriptions:read", kinds=("person",)))
async def mine(
    visit: VisitDep, after: Annotated[str | None, Query(max_length=500)] = None
) -> Response:
    """Those that have ended stand below."""
    rows = await subscriptions.live_first(
        visit.tx, visit.actor.id, after=_place(after), limit=PAGE + 1
    )
    page = page_of(rows, PAGE, _cursor)
    shown = await standings(visit.tx, visit.actor.id, page.data)
    return visit.page(
        "subscriber/subscriptions.html", live=[s for s in shown if s.live],
        ended=[s for s in shown if not s.live], next=page.next, first=after is None,
        others=await _others(visit) if after is None else [],
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Other:
    """A listing whose signals come without a subscription of one's own: by a seat, given for nothing, or late."""

    listing: listings.Listing
    kind: Literal["seat", "given", "free"]


async def _others(visit: Visit) -> list[Other]:
    mine = await seats.held_by(visit.tx, visit.actor.id)
    given = await complimentary.held_by(visit.tx, visit.actor.id)
    followed = await free.follows_of(visit.tx, visit.actor.id)
    return [
        *[Other(await listings.listing(visit.tx, seat.listing_id), "seat") for seat in mine],
        *[Other(await listings.listing(visit.tx, each.listing_id), "given") for each in given],
        *[Other(await listings.listing(visit.tx, each.listing_id), "free") for each in followed],
    ]


@routes.post("/subscriptions/{subscription_id}/cancel", gate=WRITES, conducts=True)
async def cancel(visit: VisitDep, subscription_id: SubscriptionId) -> Response:
    """One click, and it runs to the end of what is paid."""
    return await _cancel(visit, subscription_id, at="period_end")


@routes.post("/subscriptions/{subscription_id}/end", gate=WRITES, conducts=True)
async def end(visit: VisitDep, subscription_id: SubscriptionId) -> Response:
    """Gives up the rest of what is paid."""
    return await _cancel(visit, subscription_id, at="now")


async def _cancel(
    visit: Visit, subscription_id: str, *, at: Literal["period_end", "now"]
) -> Response:
    form, call = await visit.form(BackForm), visit.call
    async with visit.trying(form):
        async with call.db.transaction(readonly=True) as tx:
            before = await own(tx, visit.actor, subscription_id)
        after = await subscriptions.cancel(
            call.db, choose_gateway(call.db, call.settings), subscription_id, at=at, actor=visit.actor,
            request_id=call.request_id,
        )  # fmt: skip
    if form.refusal:
        return await show(visit, subscription_id, form)
    back = form.value("back", "/subscriptions")
    return visit.go(local_path(back, "/subscriptions"), said=_said(before, after))


def _said(before: Subscription, found: Subscription) -> str:
    if before.status is Status.INCOMPLETE and found.status is Status.ENDED:
        return _("Given up. Nothing was charged.")
    if found.status is Status.ENDED or found.access_until is None:
        return _("Canceled. Access has ended, and nothing more is charged.")
    until = moment(found.access_until)
    return _("Canceled. Access lasts until %(until)s, and nothing more is charged.", until=until)


def _cursor(last: Subscription) -> str:
    return encode_cursor(
        int(last.status is Status.ENDED), last.created_at.isoformat(), last.id
    )  # fmt: skip


def _place(cursor: str | None) -> tuple[bool, datetime, str] | None:
    if cursor is None:
        return None
    ended, at, subscription_id = decode_cursor(cursor, (int, str, str))
    try:
        return bool(ended), from_iso(at), subscription_id
    except (ValueError, OverflowError):
        raise BadCursor from None
