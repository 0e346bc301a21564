"""The signals of a feed as they come, for the entitled; and the stream behind it."""

from typing import Annotated

from fastapi import Path, Query
from starlette.responses import Response

from arena.marketplace import delivery, entitlements, listings
from arena.people.access import needs
from arena.web.live import EventStream
from arena.web.page import Pages, VisitDep
from arena.web.pages.subscriber.detail import show
from arena.web.pages.subscriber.feed_stream import feed_events

routes = Pages()
SEQUENCE_MAX = 2**62
SubscriptionId = Annotated[str, Path(pattern=r"^sub_[0-9a-z]{26}$")]


@routes.get(
    "/subscriptions/{subscription_id}",
    gate=needs("subscriptions:read", kinds=("person",)),
    conducts=True,
)
async def subscription(
    visit: VisitDep,
    subscription_id: SubscriptionId,
    before: Annotated[int | None, Query(ge=1, le=SEQUENCE_MAX)] = None,
    charges: Annotated[str | None, Query(max_length=500)] = None,
) -> Response:
    return await show(visit, subscription_id, before=before, charges_after=charges)


@routes.get("/live/feeds/{feed_id}", gate=needs("signals:read", kinds=("person",)), conducts=True)
async def live_feed(
    visit: VisitDep,
    feed_id: Annotated[str, Path(pattern=r"^fd_[0-9a-z]{26}$")],
    after: Annotated[int | None, Query(ge=0, le=SEQUENCE_MAX)] = None,
) -> Response:
    """A browser that comes again says by Last-Event-ID what it has had, which is newer than the address."""
    async with visit.call.db.transaction(readonly=True) as tx:
        try:
            await delivery.entitled(tx, visit.actor, feed_id)
        except entitlements.PaymentRequired as refused:
            listing = await listings.listing(tx, str(refused.facts["listing_id"]))
            return visit.page("subscriber/pay-first.html", status=402, listing=listing)
    seen = visit.request.headers.get("last-event-id", "")
    if seen.isascii() and seen.isdigit() and len(seen) < 19:
        after = int(seen)
    return EventStream(feed_events(visit, feed_id, after))
