"""The front page: what this is, a live proof of it, the top of the market, where to start."""

import asyncio
from typing import Any

from starlette.responses import Response

from arena.kit.clock import monotonic_s
from arena.kit.db import Database, Tx
from arena.marketplace import listings
from arena.people.access import address_of, public
from arena.web.live import PAUSE_S, EventStream, pictures
from arena.web.live.events import HEARTBEAT_S
from arena.web.page import Pages, VisitDep
from arena.web.page.render import render
from arena.web.views.board import board
from arena.web.views.proof import newest_proof

routes = Pages()
WHY = "people who are not signed in see it"
TOP = 4


@routes.get("/", gate=public(WHY))
async def front(visit: VisitDep) -> Response:
    return visit.page("open/front.html", **await _state(visit.tx, visit.settings.burn_in_days))


@routes.get("/live/state", gate=public(WHY), conducts=True)
async def live_state(visit: VisitDep) -> Response:
    """The part of the front page that moves, each time something has happened."""
    shown = _shown_by(visit.request.app.state, visit.call.db, visit.settings.burn_in_days)
    caller = address_of(visit.request)
    return EventStream(
        pictures(visit.request, shown.look, caller=caller, look_s=HEARTBEAT_S, clock="", signal="")
    )


async def _state(tx: Tx, burn_in_days: int) -> dict[str, Any]:
    state = await board(tx)
    top = await listings.search(tx, listings.Search(), after=None, limit=TOP)
    return {
        "board": state,
        "proof": await newest_proof(tx, state),
        "top": top.data,
        "burn_in": state.burn_in(burn_in_days),
        "burn_in_days": burn_in_days,
    }


class _Shown:
    """The state as HTML, drawn at most once a pause for all who look."""

    def __init__(self, db: Database, burn_in_days: int) -> None:
        self._db, self._burn_in_days = db, burn_in_days
        self._html, self._at = "", float("-inf")
        self._drawing = asyncio.Lock()

    async def look(self) -> str:
        async with self._drawing:
            if monotonic_s() - self._at >= PAUSE_S:
                async with self._db.transaction(readonly=True) as tx:
                    values = await _state(tx, self._burn_in_days)
                self._html, self._at = render("open/part-state.html", **values), monotonic_s()
            return self._html


def _shown_by(state: Any, db: Database, burn_in_days: int) -> _Shown:
    if not hasattr(state, "front_shown"):
        state.front_shown = _Shown(db, burn_in_days)
    shown: _Shown = state.front_shown
    return shown
