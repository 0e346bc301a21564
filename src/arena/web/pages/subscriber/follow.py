"""Follow a listing for free, and stop: one click each, no card."""

from starlette.responses import Response

from arena.marketplace.subscriptions import free
from arena.people.access import needs
from arena.web.page import Form, Pages, VisitDep, _
from arena.web.pages.subscriber.access import ListingId, show

routes = Pages()
WRITES = needs("subscriptions:write", kinds=("person",))


@routes.post("/listings/{listing_id}/follow", gate=WRITES, conducts=True)
async def follow(visit: VisitDep, listing_id: ListingId) -> Response:
    form, call = await visit.form(Form), visit.call
    async with visit.trying(form), call.db.transaction() as tx:
        await free.follow(tx, listing_id, actor=visit.actor, request_id=call.request_id)
    if form.refusal:
        return await show(visit, listing_id, form)
    return visit.go(f"/access/{listing_id}", said=_("You follow it for free."))


@routes.post("/listings/{listing_id}/unfollow", gate=WRITES, conducts=True)
async def unfollow(visit: VisitDep, listing_id: ListingId) -> Response:
    form, call = await visit.form(Form), visit.call
    async with visit.trying(form), call.db.transaction() as tx:
        await free.unfollow(tx, listing_id, actor=visit.actor, request_id=call.request_id)
    if form.refusal:
        return await show(visit, listing_id, form)
    return visit.go("/subscriptions", said=_("You follow it no more."))
