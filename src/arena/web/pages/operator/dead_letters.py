"""Dead letters: reactions that failed for good, and another try for them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from arena.evidence import audit
from arena.kit import outbox
from arena.kit.clock import wall_now
from arena.kit.db import Row, Tx
from arena.kit.page import decode_cursor, encode_cursor, page_of
from arena.money import billing
from arena.web.page import Filled, Form, Pages, Visit, VisitDep, _, ngettext
from arena.web.pages.operator.room import OPERATOR, PAGE, age
from arena.web.pages.operator.trail import pairs_of
from arena.web.views import acts
from arena.web.views.desk import queues

routes = Pages()
PATH = "/operator/dead-letters"
MINE_MAX = 5
Handler = Annotated[str, Field(pattern=r"^[a-z_.]{1,64}$")]


class One(Form):
    """Which reaction to try again: of a handler, to a fact."""

    fact_id: int = Field(ge=1, le=2**63 - 1)
    handler: Handler


class AllOf(Form):
    """Whose dead letters to try again."""

    handler: Handler


class Told(Form):
    """Which event of a gateway to try again."""

    gateway: Literal["fake", "manual", "stripe"]
    event: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,80}$")]


@dataclass(frozen=True, slots=True)
class Replayed:
    """A reaction that this operator has put back in line, and what has become of it."""

    fact_id: int
    handler: str
    at: datetime
    fate: Row


@routes.get(PATH, gate=OPERATOR)
async def dead_letters(
    visit: VisitDep, after: Annotated[str | None, Query(max_length=200)] = None
) -> Response:
    return await _page(visit, Filled(), after=after)


@routes.post(PATH + "/replay", gate=OPERATOR)
async def replay(visit: VisitDep) -> Response:
    form = await visit.form(One)
    if form.model is not None:
        async with visit.trying(form):
            await acts.replay(
                visit.tx, form.model.fact_id, form.model.handler, actor=visit.actor,
                request_id=visit.call.request_id,
            )  # fmt: skip
            return visit.go(
                PATH,
                said=_("It is in line again and tried at once. Reload to see what came of it."),
            )
    return await _page(visit, form)


@routes.post(PATH + "/replay-all", gate=OPERATOR)
async def replay_all(visit: VisitDep) -> Response:
    form = await visit.form(AllOf)
    if form.model is not None:
        async with visit.trying(form):
            count = await acts.replay_all(
                visit.tx, form.model.handler, actor=visit.actor, request_id=visit.call.request_id
            )
            if not count:
                return visit.go(
                    PATH, said=_("Nothing of this handler was dead any more."), tone="bad"
                )
            return visit.go(PATH, said=ngettext(
                "%(count)s reaction is in line again and tried at once.",
                "%(count)s reactions are in line again and tried at once.", count,
            ))  # fmt: skip
    return await _page(visit, form)


@routes.post(PATH + "/retry-event", gate=OPERATOR)
async def retry_event(visit: VisitDep) -> Response:
    form = await visit.form(Told)
    if form.model is not None:
        async with visit.trying(form):
            await billing.retry_event(
                visit.tx, form.model.gateway, form.model.event, actor=visit.actor, request_id=visit.call.request_id
            )  # fmt: skip
            return visit.go(PATH, said=_("The event is looked at again at once."))
    return await _page(visit, form)


async def _page(visit: Visit, form: Filled[Any], *, after: str | None = None) -> Response:
    tx, now = visit.tx, wall_now()
    place = (0, 0) if after is None else decode_cursor(after, (int, int))
    rows = await outbox.dead_letters(tx, limit=PAGE + 1, after=(place[0], place[1]))
    page = page_of(rows, PAGE, lambda row: encode_cursor(row["fact_id"], row["position"]))
    return visit.page(
        "operator/dead_letters.html", status=form.status, form=form, page=page,
        bodies={row["fact_id"]: pairs_of(row["body"]) for row in page.data},
        handlers=await outbox.buried(tx), retrying=await outbox.retrying(tx),
        mine=await _mine(tx, visit.actor.id), events=await billing.given_up_events(tx),
        attempts_max=outbox.ATTEMPTS_MAX,
        replay_max=acts.REPLAY_MAX, since=lambda at: age(at, now), first=after is None,
        waiting=(await queues(tx)).counts,
    )  # fmt: skip


async def _mine(tx: Tx, person_id: str) -> list[Replayed]:
    """The last ones this operator has replayed: they vanish from the list, their outcome must not."""
    events = await audit.search(tx, actor=person_id, action="reactions.replay", limit=MINE_MAX)
    named = [(_reaction(event.object), event.recorded_at) for event in events]
    fates = await outbox.fates(tx, [reaction for reaction, _ in named])
    return [Replayed(*reaction, at, fates[reaction]) for reaction, at in named if reaction in fates]


def _reaction(named: str) -> tuple[int, str]:
    """As the audit trail names it: `17/tea.pour`."""
    fact_id, _, handler = named.partition("/")
    return int(fact_id), handler
