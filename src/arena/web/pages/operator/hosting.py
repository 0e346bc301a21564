"""Who hosts what: whether hosting works here, the feeds the arena decides for, what they take, and how to stop one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field
from starlette.responses import Response

from arena.people import identity
from arena.signals import feeds
from arena.signals.lab import sources
from arena.signals.strategists import hosting
from arena.web.page import Filled, Form, Line, Pages, Visit, VisitDep, _
from arena.web.pages.operator.room import OPERATOR
from arena.web.pages.studio.own import FeedId
from arena.web.views.desk import queues

routes = Pages()
HERE = "/operator/hosting"


class StopForm(Form):
    """Why; the owner reads it."""

    reason: Annotated[Line, Field(min_length=3, max_length=500)]


@dataclass(frozen=True, slots=True)
class HostedLine:
    """A span of hosting with whose it is."""

    hosting: hosting.Hosting
    feed: feeds.Feed
    collective: identity.Collective
    source: sources.KeptSource

    @property
    def mean_ms(self) -> float | None:
        """What a decision took on the average, milliseconds by the wall clock."""
        return self.hosting.busy_ms / self.hosting.decisions if self.hosting.decisions else None


@routes.get(HERE, gate=OPERATOR)
async def show(visit: VisitDep) -> Response:
    return await _page(visit, Filled())


@routes.post(HERE + "/{feed_id}/stop", gate=OPERATOR)
async def stop(visit: VisitDep, feed_id: FeedId) -> Response:
    form = await visit.form(StopForm)
    if form.model is not None:
        async with visit.trying(form):
            await hosting.stop_hosting(
                visit.tx, feed_id, actor=visit.actor, why=form.model.reason,
                request_id=visit.call.request_id,
            )  # fmt: skip
            return visit.go(HERE, said=_("Stopped. The feed keeps its last target."))
    return await _page(visit, form, about=feed_id)


async def _page(visit: Visit, form: Filled[Any], about: str = "") -> Response:
    lines = await _lines(visit, await hosting.every(visit.tx))
    kept, waiting = await sources.counts(visit.tx)
    return visit.page(
        "operator/hosting.html", status=form.status, form=form, about=about, lines=lines, kept=kept, unchecked=waiting,
        is_on=visit.settings.host_strategies, state=await hosting.hosting_state(visit.tx),
        running=sum(line.hosting.status is hosting.HostingStatus.RUNNING for line in lines),
        feeds_max=visit.settings.hosted_feeds_max, memory_mb_max=visit.settings.hosted_memory_mb_max,
        waiting=(await queues(visit.tx)).counts,
    )  # fmt: skip


async def _lines(visit: Visit, found: Sequence[hosting.Hosting]) -> list[HostedLine]:
    lines = []
    for one in found:
        feed = await feeds.feed(visit.tx, one.feed_id)
        lines.append(
            HostedLine(
                one, feed, await identity.collective(visit.tx, feed.collective_id),
                await sources.source_by_id(visit.tx, one.source_id),
            )
        )  # fmt: skip
    return lines
