"""Language models for who answers for them and for operators: at work or not, spending, decisions, every word."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Path, Query
from markupsafe import Markup
from starlette.responses import Response

from arena.kit.clock import from_ms, to_ms, wall_today
from arena.signals.strategists import language_model
from arena.signals.strategists.language_model import Asked, Seat, Spent
from arena.web.page import Pages, Visit, VisitDep
from arena.web.pages.studio.own import CREATOR, FeedId
from arena.web.views import language_model as view
from arena.web.views.language_model import Meter, Standpoint

routes = Pages()
PAGE, DRAWN, REPLAYED = 25, 120, 50
MS_MAX = 4_102_444_800_000
ClosedMs = Annotated[int, Path(ge=0, le=MS_MAX)]
Before = Annotated[int | None, Query(ge=0, le=MS_MAX)]
COMMAND = "arena strategist add-language-model BTC-USD --owner you@example.org --day-cents 50"


@dataclass(frozen=True, slots=True)
class Line:
    """A language model with its standing, today's spending, and its last decision."""

    seat: Seat
    standpoint: Standpoint
    meters: Sequence[Meter]
    last: Asked | None


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """A decision as a table shows it. `tools` are those it called, in their order, `path` leads to its words."""

    asked: Asked
    outcome: str
    tone: str
    why: str
    tools: str
    cost: str
    latency: str
    path: str


@routes.get("/studio/language-models", gate=CREATOR)
async def language_models(visit: VisitDep) -> Response:
    found = await language_model.seats(visit.tx, visit.actor)
    lines = [await _line(visit, one) for one in found]
    return visit.page("studio/language_models.html", lines=lines, command=COMMAND)


@routes.get("/studio/language-models/{feed_id}", gate=CREATOR)
async def one_language_model(visit: VisitDep, feed_id: FeedId, before: Before = None) -> Response:
    """Its decisions newest first, `before` those that closed then. Raises NoSuchLanguageModel."""
    seat = await language_model.seat(visit.tx, visit.actor, feed_id)
    found = await _decisions(visit, seat, before)
    shown = found[:PAGE]
    oldest = to_ms(shown[-1].decision.closed_at) if len(found) > PAGE else None
    return visit.page(
        "studio/language_model.html", line=await _line(visit, seat), figure=await _figure(visit, seat),
        decisions=[_decision(seat, one) for one in shown], older=oldest, first=before is None,
        configuration=sorted(seat.hired.configuration.as_dict().items()),
    )  # fmt: skip


@routes.get("/studio/language-models/{feed_id}/decisions/{closed_ms}", gate=CREATOR)
async def conversation(visit: VisitDep, feed_id: FeedId, closed_ms: ClosedMs) -> Response:
    """Raises NoSuchLanguageModel, NoSuchDecision."""
    seat = await language_model.seat(visit.tx, visit.actor, feed_id)
    at = from_ms(closed_ms)
    made = await language_model.decision(visit.tx, feed_id, at)
    turns = await language_model.turns(visit.tx, feed_id, at)
    return visit.page(
        "studio/language_model_decision.html", seat=seat, line=_decision(seat, made),
        exchanges=view.exchanges(turns), closed_ms=closed_ms, seconds=view.seconds, cost=view.cost,
        whole=all(one.told.whole for one in turns),
    )  # fmt: skip


@routes.get("/studio/language-models/{feed_id}/replay", gate=CREATOR)
async def replayed(visit: VisitDep, feed_id: FeedId) -> Response:
    """The last decisions again from the kept answers, without the model. Raises NoSuchLanguageModel."""
    seat = await language_model.seat(visit.tx, visit.actor, feed_id)
    again = await language_model.replay(visit.tx, feed_id, last=REPLAYED)
    return visit.page(
        "studio/language_model_replay.html", seat=seat, again=list(reversed(again)),
        holds=not any(one.faults for one in again), most=REPLAYED,
        answered=sum(one.weight is not None for one in again),
        paths=[_path(seat, one.decision.closed_at) for one in reversed(again)],
    )  # fmt: skip


async def _decisions(visit: Visit, seat: Seat, before: int | None) -> list[Asked]:
    """One more than a page."""
    return await language_model.asked(
        visit.tx, seat.hired.feed_id, limit=PAGE + 1,
        before=None if before is None else from_ms(before),
    )  # fmt: skip


async def _figure(visit: Visit, seat: Seat) -> Markup:
    made = await language_model.decisions(visit.tx, seat.hired.feed_id, limit=DRAWN, newest=True)
    return view.drawn(made)


async def _line(visit: Visit, seat: Seat) -> Line:
    found = await language_model.standing(visit.tx, visit.settings, seat)
    spent: Spent = await language_model.seen_spent(
        visit.tx, wall_today(), seat.hired.feed_id
    )  # fmt: skip
    last = await language_model.asked(visit.tx, seat.hired.feed_id, limit=1)
    return Line(
        seat, view.standpoint(found), view.meters(spent, seat.hired.configuration),
        last[0] if last else None,
    )  # fmt: skip


def _decision(seat: Seat, one: Asked) -> DecisionLine:
    made = one.decision
    words, tone = view.outcome(made)
    return DecisionLine(
        one, words, tone, view.why(made), ", ".join(view.visible(name) for name in one.calls),
        view.cost(made.spent.microcents), view.seconds(one.latency_ms), _path(seat, made.closed_at),
    )  # fmt: skip


def _path(seat: Seat, closed_at: datetime) -> str:
    return f"/studio/language-models/{seat.hired.feed_id}/decisions/{to_ms(closed_at)}"
