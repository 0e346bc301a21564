"""Sweeps over HTTP: told by those who run the Lab themselves, read and cancelled by their owners."""

from typing import Annotated

from fastapi import Path, Query

from arena.kit.page import BadCursor, Page, decode_cursor, encode_cursor, page_of
from arena.people.access import Call, CallDep, Routes, known, needs
from arena.signals.lab.sweeps.follow import cancel_sweep, end_sweep, report_sweep
from arena.signals.lab.sweeps.model import NoSuchSweep, Status
from arena.signals.lab.sweeps.open import open_sweep
from arena.signals.lab.sweeps.read import NEWEST, sweep_of, sweeps_of
from arena.signals.lab.sweeps.shape import (
    EndDraft,
    ReachedDraft,
    StandingView,
    SweepDraft,
    SweepView,
    sweep_view,
)
from arena.signals.lab.trials import owner_of

routes = Routes("lab")
OWN = known("everybody sees his own sweeps, and nobody another's")
PUBLISHES = needs("signals:publish", kinds={"collective"})
CREATES = needs("listings:write")
SweepId = Annotated[str, Path(pattern=r"^swp_[0-9a-z]{26}$")]


@routes.add(
    "POST", "/lab/sweeps", gate=PUBLISHES, status_code=201, summary="Open a sweep, or go on with it"
)
async def begin(call: CallDep, body: SweepDraft) -> SweepView:
    """For creators who run the Lab on their own machine. Register its configurations first (POST /lab/trials), those of
    a search batch by batch. The same things swept again are the same sweep: it goes on where it was."""
    opened = await open_sweep(
        call.tx, call.actor.id, body.asked(), run_by="creator", actor=call.actor,
        request_id=call.request_id,
    )  # fmt: skip
    return sweep_view(opened)


@routes.add(
    "PUT", "/lab/sweeps/{sweep_id}/progress", gate=PUBLISHES, summary="Tell how far a sweep is"
)
async def report(call: CallDep, sweep_id: SweepId, body: ReachedDraft) -> StandingView:
    """About once a second. Its answer says whether the sweep was cancelled: then stop."""
    await _own(call, sweep_id)
    there = await report_sweep(call.tx, sweep_id, body.reached(), run_by="creator")
    return StandingView(status=there.status, done=there.reached.done)


@routes.add("POST", "/lab/sweeps/{sweep_id}/end", gate=PUBLISHES, summary="Say how a sweep ended")
async def end(call: CallDep, sweep_id: SweepId, body: EndDraft) -> SweepView:
    """Done, with what came of it; interrupted; or failed, with the reason. It is labelled self-reported."""
    await _own(call, sweep_id)
    ended = await end_sweep(
        call.tx, sweep_id, Status(body.status), run_by="creator",
        reached=None if body.reached is None else body.reached.reached(),
        summary=None if body.summary is None else body.summary.model_dump(), why=body.why,
        actor=call.actor, request_id=call.request_id,
    )  # fmt: skip
    return sweep_view(ended)


@routes.add("POST", "/lab/sweeps/{sweep_id}/cancel", gate=CREATES, summary="Cancel a sweep")
async def cancel(call: CallDep, sweep_id: SweepId) -> SweepView:
    """Whoever runs it stops within a second or two. What is finished is kept there, and it can be opened again."""
    owner_id = await owner_of(call.tx, call.actor.id)
    stopped = await cancel_sweep(
        call.tx, sweep_id, owner_id, actor=call.actor, request_id=call.request_id
    )
    return sweep_view(stopped)


@routes.add("GET", "/lab/sweeps", gate=OWN, summary="One's own sweeps")
async def list_sweeps(
    call: CallDep,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    after: Annotated[str | None, Query(max_length=400)] = None,
) -> Page[SweepView]:
    """Newest first, without their summaries. A collective sees those of whoever answers for it."""
    before = NEWEST
    if after is not None:
        (before,) = decode_cursor(after, (int,))
        if before < 1:
            raise BadCursor
    found = await sweeps_of(call.tx, call.actor.id, before=before, limit=limit + 1)
    page = page_of(found, limit, lambda one: encode_cursor(one.number))
    return Page(data=[sweep_view(one) for one in page.data], has_more=page.has_more, next=page.next)


@routes.add("GET", "/lab/sweeps/{sweep_id}", gate=OWN, summary="A sweep")
async def show(call: CallDep, sweep_id: SweepId) -> SweepView:
    """How far it is; when it is done, what came of it."""
    return sweep_view(await sweep_of(call.tx, sweep_id, call.actor.id))


async def _own(call: Call, sweep_id: str) -> None:
    """A collective tells of its own sweeps only, not of its sisters'. Raises NoSuchSweep."""
    found = await sweep_of(call.tx, sweep_id, call.actor.id)
    if found.collective_id != call.actor.id:
        raise NoSuchSweep(sweep_id=sweep_id)
