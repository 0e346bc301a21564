"""The operator's desk: what waits, how each part is, the tape, the money at a glance; it keeps up by itself."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from starlette.responses import Response

from arena.kit.clock import wall_now
from arena.kit.db import Tx
from arena.people import access
from arena.web.live import EventStream, ear_of, event
from arena.web.live.events import HEARTBEAT
from arena.web.page import Pages, Visit, VisitDep
from arena.web.page.render import render
from arena.web.pages.operator.part_words import PartInWords, in_words
from arena.web.pages.operator.room import OPERATOR, age
from arena.web.pages.operator.tape_view import TapeView, paces, tape_view
from arena.web.views.board import board
from arena.web.views.desk import Queues, Till, queues, tills
from arena.web.views.parts import parts_of, worst_of

routes = Pages()
PAUSE_S = 1.0  # between two pictures, however fast the tape plays
LOOK_S = 5.0  # no news tells of new cases and dead letters


@dataclass(frozen=True, slots=True)
class Desk:
    """All that moves on the desk. The `ages` are of the oldest in each queue, in words."""

    queues: Queues
    ages: dict[str, str]
    whole: str
    parts: list[PartInWords]
    tape: TapeView | None
    tills: list[Till]


@routes.get("/operator", gate=OPERATOR)
async def overview(visit: VisitDep) -> Response:
    desk = await _desk(visit.tx)
    return visit.page(
        "operator/overview.html", desk=desk, waiting=desk.queues.counts, paces=paces()
    )


@routes.get("/live/operator", gate=OPERATOR, conducts=True)
async def live(visit: VisitDep) -> Response:
    """The part of the desk that moves, each time something has happened, to whoever still operates."""
    return EventStream(_desks(visit))


async def _desks(visit: Visit) -> AsyncIterator[bytes]:
    ear, woken, last = ear_of(visit.request), asyncio.Event(), ""
    news = {"clock": "", "person": visit.actor.id}
    with ear.stream_of(visit.actor.id), ear.listening(woken, **news):
        while await _still_operates(visit):
            async with visit.call.db.transaction(readonly=True) as tx:
                html = render("operator/part-desk.html", desk=await _desk(tx))
            if html != last:
                last = html
                yield event(html)
            await asyncio.sleep(PAUSE_S)
            try:
                async with asyncio.timeout(LOOK_S):
                    await woken.wait()
            except TimeoutError:
                yield HEARTBEAT
            woken.clear()


async def _still_operates(visit: Visit) -> bool:
    """A session may end and a role may go while the page is open."""
    actor = await access.authenticate(visit.call.db, visit.settings, visit.request)
    return actor.id == visit.actor.id and actor.may("operate")


async def _desk(tx: Tx) -> Desk:
    state, waiting = await board(tx), await queues(tx)
    parts = await parts_of(tx, state)
    return Desk(
        waiting,
        {
            "review": age(waiting.review_since, tx.now),
            "changed": age(waiting.changed_since, tx.now),
            "creators": age(waiting.creators_since, wall_now()),
            "dead_letters": age(waiting.dead_letters_since, wall_now()),
        },
        worst_of(parts),
        in_words(parts),
        await tape_view(tx),
        await tills(tx),
    )
