"""Access for operators: why somebody gets, or does not get, the signals of a listing, and since when."""

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from arena.kit.db import Tx
from arena.kit.errors import NotFound
from arena.marketplace import listings
from arena.marketplace.subscriptions import complimentary
from arena.people import identity
from arena.web.page import Pages, VisitDep
from arena.web.pages.operator.room import OPERATOR
from arena.web.views.access import access_of
from arena.web.views.desk import queues
from arena.web.views.offer import NAMES, Given

routes = Pages()


@routes.get("/operator/access", gate=OPERATOR)
async def access(
    visit: VisitDep,
    person: Annotated[str, Query(max_length=254)] = "",
    listing: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """By a person's e-mail address or id, and a listing's id."""
    tx, person, listing = visit.tx, person.strip(), listing.strip()
    who = await _person(tx, person) if person else None
    what = await _listing(tx, listing) if listing else None
    found = await access_of(tx, who.id, what.id, what.feed_id) if who and what else None
    given = await complimentary.ever_held(tx, who.id, what.id) if who and what else []
    return visit.page(
        "operator/access.html", given=[Given(each, await complimentary.giver(tx, each)) for each in given],
        tier_names=NAMES, person=person, listing=listing, who=who, what=what, access=found,
        waiting=(await queues(tx)).counts,
    )  # fmt: skip


async def _person(tx: Tx, stated: str) -> identity.Person | None:
    try:
        if stated.startswith("usr_"):
            return await identity.person(tx, stated)
    except NotFound:
        return None
    found = await identity.person_by_email(tx, stated)
    return None if found is None else found[0]


async def _listing(tx: Tx, listing_id: str) -> listings.Listing | None:
    try:
        return await listings.listing(tx, listing_id)
    except listings.NoSuchListing:
        return None
