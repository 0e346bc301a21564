"""A creator's sweeps: how far each is while it runs, what came of it, and where to go from there."""

from functools import partial
from typing import Annotated

from fastapi import Path, Query
from starlette.responses import Response

from arena.kit.clock import wall_now
from arena.kit.db import Tx
from arena.kit.page import BadCursor, decode_cursor, encode_cursor, page_of
from arena.people import access, identity
from arena.signals.lab import sweeps
from arena.signals.lab.trials import count_trials
from arena.web.live import EventStream, pictures
from arena.web.page import Pages, Visit, VisitDep, _
from arena.web.page.render import render
from arena.web.pages.studio.own import CREATOR
from arena.web.views.sweep import (
    Standing,
    drawn_along,
    drawn_map,
    map_of,
    pairs_of,
    parameters_in_words,
    standing,
)

routes = Pages()
SweepId = Annotated[str, Path(pattern=r"^swp_[0-9a-z]{26}$")]
Parameter = Annotated[str, Query(max_length=80)]
PAGE, LOOK_S = 20, 5.0
COMMANDS = (
    "arena lab sweep --out my-sweep --data candles --symbol BTCUSDT --interval 1h \\\n"
    "  --set fast_bars=5:60:5 --set slow_bars=20:240:20 --less fast_bars,slow_bars \\\n"
    "  --arena {origin} --key my.key"
)


@routes.get("/studio/lab/sweeps", gate=CREATOR)
async def sweep_list(
    visit: VisitDep, after: Annotated[str | None, Query(max_length=400)] = None
) -> Response:
    """Newest first, with a bar each."""
    before = sweeps.NEWEST
    if after is not None:
        (before,) = decode_cursor(after, (int,))
        if before < 1:
            raise BadCursor
    page = page_of(
        await sweeps.sweeps_of(visit.tx, visit.actor.id, before=before, limit=PAGE + 1), PAGE,
        lambda one: encode_cursor(one.number),
    )  # fmt: skip
    return visit.page(
        "studio/sweeps.html", lines=await _lines(visit.tx, page.data), first=bool(after),
        next=f"/studio/lab/sweeps?after={page.next}" if page.next else "", live=after is None,
        command=COMMANDS.format(origin=visit.settings.origin), runs_here=visit.settings.run_sweeps,
    )  # fmt: skip


@routes.get("/live/studio/lab/sweeps", gate=CREATOR, conducts=True)
async def live_list(visit: VisitDep) -> Response:
    """The first page of them, each time one of anybody's has moved."""
    return EventStream(
        pictures(
            visit.request, partial(_drawn_list, visit), caller=visit.actor.id, look_s=LOOK_S,
            sweep="", person=visit.actor.id,
        )
    )  # fmt: skip


@routes.get("/studio/lab/sweeps/{sweep_id}", gate=CREATOR)
async def one_sweep(
    visit: VisitDep, sweep_id: SweepId, x: Parameter = "", y: Parameter = ""
) -> Response:
    """`x` and `y` choose the heat map."""
    sweep = await sweeps.sweep_of(visit.tx, sweep_id, visit.actor.id)
    summary = sweep.summary
    told = None if summary is None else map_of(summary, x, y)
    return visit.page(
        "studio/sweep.html", line=await _standing(visit.tx, sweep), sweep=sweep, summary=summary,
        collective=await identity.collective(visit.tx, sweep.collective_id),
        trials=await count_trials(visit.tx, sweep.family_id),
        map=told and drawn_map(told), pairs=pairs_of(summary) if summary else (),
        along=[drawn_along(one) for one in summary["stability"]] if summary else (),
        said=partial(parameters_in_words, varied=sweep.asked.varied),
    )  # fmt: skip


@routes.get("/live/studio/lab/sweeps/{sweep_id}", gate=CREATOR, conducts=True)
async def live_sweep(visit: VisitDep, sweep_id: SweepId) -> Response:
    """How far it is, each time that changes."""
    async with visit.call.db.transaction(readonly=True) as tx:
        await sweeps.sweep_of(tx, sweep_id, visit.actor.id)
    return EventStream(
        pictures(
            visit.request, partial(_drawn, visit, sweep_id), caller=visit.actor.id, look_s=LOOK_S,
            sweep=sweep_id, person=visit.actor.id,
        )
    )  # fmt: skip


@routes.post("/studio/lab/sweeps/{sweep_id}/cancel", gate=CREATOR)
async def cancel(visit: VisitDep, sweep_id: SweepId) -> Response:
    await sweeps.cancel_sweep(
        visit.tx, sweep_id, visit.actor.id, actor=visit.actor, request_id=visit.call.request_id
    )
    return visit.go(
        f"/studio/lab/sweeps/{sweep_id}",
        said=_("Cancelled. What is finished is kept: asked for again, it goes on."),
    )


@routes.post("/studio/lab/sweeps/{sweep_id}/again", gate=CREATOR)
async def again(visit: VisitDep, sweep_id: SweepId) -> Response:
    """One that the arena runs goes on where it was."""
    await sweeps.reopen_sweep(
        visit.tx, sweep_id, visit.actor.id, actor=visit.actor, request_id=visit.call.request_id
    )
    return visit.go(f"/studio/lab/sweeps/{sweep_id}", said=_("It waits for its turn, and goes on."))


async def _lines(tx: Tx, found: list[sweeps.Sweep]) -> list[Standing]:
    return [await _standing(tx, one) for one in found]


async def _standing(tx: Tx, sweep: sweeps.Sweep) -> Standing:
    queued = sweep.status is sweeps.Status.QUEUED
    return standing(sweep, wall_now(), ahead=await sweeps.ahead_of(tx, sweep) if queued else 0)


async def _drawn_list(visit: Visit) -> str | None:
    if not await _still_creates(visit):
        return None
    async with visit.call.db.transaction(readonly=True) as tx:
        found = await sweeps.sweeps_of(tx, visit.actor.id, limit=PAGE)
        return render("studio/part-sweeps.html", lines=await _lines(tx, found))


async def _drawn(visit: Visit, sweep_id: str) -> str | None:
    if not await _still_creates(visit):
        return None
    async with visit.call.db.transaction(readonly=True) as tx:
        sweep = await sweeps.sweep_of(tx, sweep_id, visit.actor.id)
        return render("studio/part-sweep.html", line=await _standing(tx, sweep))


async def _still_creates(visit: Visit) -> bool:
    """A session may end and a role may go while the page is open."""
    actor = await access.authenticate(visit.call.db, visit.settings, visit.request)
    return actor.id == visit.actor.id and actor.may("listings:write")
