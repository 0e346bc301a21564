"""The front page: what this is, a live proof of it, where to start. And the part of it that moves."""

import asyncio
from collections.abc import AsyncIterator

from starlette.responses import Response

from arena.people.access import address_of, public
from arena.web.board import board
from arena.web.live import EventStream, ear_of, event
from arena.web.live.events import HEARTBEAT, HEARTBEAT_S
from arena.web.page import Pages, Visit, VisitDep
from arena.web.page.render import render

routes = Pages()
WHY = "people who are not signed in see it"
PAUSE_S = 1.0  # between two pictures of the state, however fast the tape plays


@routes.get("/", gate=public(WHY))
async def front(visit: VisitDep) -> Response:
    return visit.page("open/front.html", board=await board(visit.tx))


@routes.get("/live/state", gate=public(WHY), conducts=True)
async def live_state(visit: VisitDep) -> Response:
    """The part of the front page that moves, each time something has happened."""
    return EventStream(_states(visit))


async def _states(visit: Visit) -> AsyncIterator[bytes]:
    ear, woken, last = ear_of(visit.request), asyncio.Event(), ""
    with ear.stream_of(address_of(visit.request)), ear.listening(woken, clock="", signal=""):
        while True:
            async with visit.call.db.transaction(readonly=True) as tx:
                html = render("parts/state.html", board=await board(tx))
            if html != last:
                last = html
                yield event(html)
            await asyncio.sleep(PAUSE_S)
            try:
                async with asyncio.timeout(HEARTBEAT_S):
                    await woken.wait()
            except TimeoutError:
                yield HEARTBEAT
            woken.clear()
