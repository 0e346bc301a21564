"""The operator's desk: what waits, how each part is, the tape, the money at a glance; it keeps up by itself."""

from dataclasses import dataclass
from functools import partial

from starlette.responses import Response

from arena.kit.clock import wall_now
from arena.kit.db import Tx
from arena.kit.settings import Settings
from arena.people import access
from arena.web.live import EventStream, pictures
from arena.web.page import Pages, Visit, VisitDep
from arena.web.page.render import render
from arena.web.pages.operator.part_words import PartInWords, in_words
from arena.web.pages.operator.room import OPERATOR, age
from arena.web.pages.operator.tape_view import TapeView, paces, tape_view
from arena.web.views.board import board
from arena.web.views.desk import Queues, Till, queues, tills
from arena.web.views.parts import parts_of, worst_of

routes = Pages()
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
    desk = await _desk(visit.tx, visit.settings)
    return visit.page(
        "operator/overview.html", desk=desk, waiting=desk.queues.counts, paces=paces()
    )


@routes.get("/live/operator", gate=OPERATOR, conducts=True)
async def live(visit: VisitDep) -> Response:
    """The part of the desk that moves, each time something has happened, to whoever still operates."""
    return EventStream(
        pictures(
            visit.request, partial(_drawn, visit), caller=visit.actor.id, look_s=LOOK_S, clock="",
            person=visit.actor.id,
        )
    )  # fmt: skip


async def _drawn(visit: Visit) -> str | None:
    if not await _still_operates(visit):
        return None
    async with visit.call.db.transaction(readonly=True) as tx:
        return render("operator/part-desk.html", desk=await _desk(tx, visit.settings))


async def _still_operates(visit: Visit) -> bool:
    """A session may end and a role may go while the page is open."""
    actor = await access.authenticate(visit.call.db, visit.settings, visit.request)
    return actor.id == visit.actor.id and actor.may("operate")


async def _desk(tx: Tx, settings: Settings) -> Desk:
    state, waiting = await board(tx), await queues(tx)
    parts = await parts_of(tx, state, settings)
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
