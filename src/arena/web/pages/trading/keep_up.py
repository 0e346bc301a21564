"""The part of an account's page that moves, drawn anew each time something has happened."""

from functools import partial

from starlette.responses import Response

from arena.people import access
from arena.trading.portfolio import NoSuchAccount
from arena.web.live import EventStream, pictures
from arena.web.page import Visit
from arena.web.page.render import render
from arena.web.pages.trading.room import Door, account_of
from arena.web.views.trading import desk

LOOK_S = 2.0  # fills between two bars tell no news


async def live_desk(visit: Visit, door: Door, account_id: str) -> Response:
    async with visit.call.db.transaction(readonly=True) as tx:
        await account_of(tx, door, visit.actor, account_id)
    return EventStream(
        pictures(
            visit.request, partial(_drawn, visit, door, account_id), caller=visit.actor.id, look_s=LOOK_S,
            clock="", person=visit.actor.id,
        )
    )  # fmt: skip


async def _drawn(visit: Visit, door: Door, account_id: str) -> str | None:
    """None ends it: the session is over, or the account is not his to see any more."""
    actor = await access.authenticate(visit.call.db, visit.settings, visit.request)
    if actor.id != visit.actor.id or not actor.may(
        "operate" if door.operates else "listings:write"
    ):
        return None
    async with visit.call.db.transaction(readonly=True) as tx:
        try:
            account = await account_of(tx, door, actor, account_id)
        except NoSuchAccount:
            return None
        view = await desk(tx, account, visit.settings)
    return render("trading/part-desk.html", desk=view, door=door)
