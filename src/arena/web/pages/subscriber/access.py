"""Why do I, or do I not, get the signals of a listing? What holds now, what held, and the signals themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import Path, Query
from starlette.responses import Response

from arena.kit.db import Tx
from arena.marketplace import delivery, listings, subscriptions
from arena.marketplace.subscriptions import complimentary, free, seats
from arena.people.access import Actor, needs
from arena.web.page import Filled, Form, Pages, Visit, VisitDep, _
from arena.web.pages.subscriber.detail import Shown, note_given, shown_of
from arena.web.views.access import Access, access_of
from arena.web.views.offer import NAMES, Given, given_to

routes = Pages()
READS = needs("subscriptions:read", kinds=("person",))
WRITES = needs("subscriptions:write", kinds=("person",))
ListingId = Annotated[str, Path(pattern=r"^lst_[0-9a-z]{26}$")]
SEQUENCE_MAX = 2**62


@dataclass(frozen=True, slots=True)
class Detail:
    """All that the page shows. `missed` is how many signals of past days subscribers have and this follower has not
    yet, `next_at` when the first of them comes into his reach."""

    listing: listings.Listing
    access: Access
    shown: Shown | None
    seat: seats.Seat | None
    follow: free.Follow | None
    subscription: subscriptions.Subscription | None
    given: Given | None
    missed: int
    next_at: datetime | None
    at: datetime


@routes.get("/access/{listing_id}", gate=READS, conducts=True)
async def access(
    visit: VisitDep,
    listing_id: ListingId,
    before: Annotated[int | None, Query(ge=1, le=SEQUENCE_MAX)] = None,
) -> Response:
    return await show(visit, listing_id, before=before)


@routes.post("/access/{listing_id}/leave", gate=WRITES, conducts=True)
async def leave(visit: VisitDep, listing_id: ListingId) -> Response:
    """Gives one's seat back."""
    form, call = await visit.form(Form), visit.call
    async with visit.trying(form), call.db.transaction() as tx:
        held = await _seats(tx, visit.actor, listing_id)
        if not held:
            raise seats.NotYourSeat(seat_id=f"at {listing_id}")
        for seat in held:
            await seats.leave(tx, seat.id, actor=visit.actor, request_id=call.request_id)
    if form.refusal:
        return await show(visit, listing_id, form)
    return visit.go("/subscriptions", said=_("You gave the seat back; its signals come no more."))


@routes.post("/access/{listing_id}/give-back", gate=WRITES, conducts=True)
async def give_back(visit: VisitDep, listing_id: ListingId) -> Response:
    """Gives back what one has for nothing."""
    form, call = await visit.form(Form), visit.call
    async with visit.trying(form), call.db.transaction() as tx:
        held = await complimentary.held_by(tx, visit.actor.id, listing_id)
        if not held:
            raise complimentary.NoSuchComplimentary(complimentary_id=f"at {listing_id}")
        for each in held:
            await complimentary.give_back(
                tx, each.id, actor=visit.actor, request_id=call.request_id
            )
    if form.refusal:
        return await show(visit, listing_id, form)
    said = _("You gave it back; what you pay for yourself goes on.")
    return visit.go("/subscriptions", said=said)


async def show(
    visit: Visit, listing_id: str, form: Filled[Form] | None = None, *, before: int | None = None
) -> Response:
    """The page, in a transaction of its own. Raises NoSuchListing."""
    async with visit.call.db.transaction(readonly=True) as tx:
        found = await _detail(tx, visit.actor, listing_id, before)
    note_given(visit, found.shown)
    return visit.page(
        "subscriber/access.html", status=form.status if form else 200, detail=found,
        form=form or Filled(), names=NAMES,
    )  # fmt: skip


async def _detail(tx: Tx, actor: Actor, listing_id: str, before: int | None) -> Detail:
    listing = await listings.visible(tx, listing_id, actor)
    how = await access_of(tx, actor.id, listing.id, listing.feed_id)
    shown = await shown_of(tx, actor, listing.feed_id, before)
    missed, next_at = 0, None
    if how.decision.tier == "free" and how.decision.delay is not None and shown is not None:
        missed, next_at = await _ahead(tx, listing.feed_id, shown.newest, how.decision.delay)
    mine = await _seats(tx, actor, listing_id)
    return Detail(
        listing, how, shown, mine[0] if mine else None,
        await free.following(tx, actor.id, listing_id),
        await subscriptions.live_subscription(tx, actor.id, listing_id),
        await given_to(tx, actor.id, listing_id), missed, next_at, tx.now,
    )  # fmt: skip


async def _ahead(tx: Tx, feed_id: str, seen: int, delay: timedelta) -> tuple[int, datetime | None]:
    """Of the signals of past UTC days: those of the running day are not even counted for whoever does not pay."""
    grant = delivery.Grant(feed_id, "basic", None)
    missed = await delivery.last_sequence(tx, grant) - seen
    if missed <= 0:
        return 0, None
    first = await delivery.issued_at(tx, feed_id, seen + 1)
    return missed, first + delay


async def _seats(tx: Tx, actor: Actor, listing_id: str) -> Sequence[seats.Seat]:
    return [s for s in await seats.held_by(tx, actor.id) if s.listing_id == listing_id]
