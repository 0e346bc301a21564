"""A creator's own strategies that the arena keeps: sent, checked, at work for feeds, and what went wrong with them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Path
from pydantic import Field, StringConstraints
from starlette.responses import Response

from arena.people import identity
from arena.signals import feeds
from arena.signals.lab import cards, document, sources
from arena.signals.strategists import hosting
from arena.web.page import Filled, Form, Pages, Visit, VisitDep, _
from arena.web.pages.studio.own import CREATOR, FeedId, own_collective

routes = Pages()
HERE = "/studio/lab/sources"
SOURCES_MAX, FEEDS_MAX, COLLECTIVES_MAX, CARDS_MAX = 50, 100, 50, 10
COMMAND = "arena lab check my_strategy.py:MyStrategy --send --arena %s --key sigma.key"
Sha = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
_CLASS = re.compile(r"^class ([A-Za-z_][A-Za-z0-9_]{0,99})\b", re.MULTILINE)


class SourceForm(Form):
    """A strategy's file, for one of one's collectives. The text is taken as it is: its hash is its name."""

    collective: Annotated[str, Field(pattern=r"^col_[0-9a-z]{26}$")]
    file: Annotated[str, StringConstraints(strip_whitespace=False)]
    class_name: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,99}$")] | None = None


class AgreeForm(Form):
    """Consent to a key that the arena makes for the feed's collective."""

    agreed: bool = False


@dataclass(frozen=True, slots=True)
class FeedLine:
    """A feed that goes by a strategy; `now` is its newest span of hosting, None where there was none."""

    feed: feeds.Feed
    now: hosting.Hosting | None

    @property
    def running(self) -> bool:
        return self.now is not None and self.now.status is hosting.HostingStatus.RUNNING


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A strategy with its cards and feeds. `troubles` are what failed at cards and feeds, the newest first."""

    kept: sources.KeptSource
    cards: Sequence[cards.Kept]
    feeds: Sequence[FeedLine]

    @property
    def troubles(self) -> Sequence[sources.Report]:
        wrong = [
            one for one in self.kept.reports if one.kind != "checks" and one.outcome != "reproduced"
        ]
        return wrong[::-1][:20]


@routes.get(HERE, gate=CREATOR)
async def show(visit: VisitDep) -> Response:
    return await _page(visit)


@routes.post(f"{HERE}/send", gate=CREATOR)
async def send(visit: VisitDep) -> Response:
    form = await visit.form(SourceForm)
    if form.model is not None:
        named = form.model.class_name or _only_class(form.model.file)
        if named is None:
            form.errors["class_name"] = _("Say which of its classes is the strategy.")
            return await _page(visit, sending=form)
        async with visit.trying(form):
            mine = await own_collective(visit, form.model.collective)
            await sources.keep_source(
                visit.tx, visit.settings, mine.id, form.model.file, named, actor=visit.actor,
                request_id=visit.call.request_id,
            )  # fmt: skip
            return visit.go(
                HERE, said=_("It is here, sealed. The checks in the sandbox take about a minute.")
            )
    return await _page(visit, sending=form)


@routes.post(HERE + "/{sha}/delete", gate=CREATOR)
async def delete(visit: VisitDep, sha: Sha) -> Response:
    form = await visit.form(Form)
    if form.model is not None:
        async with visit.trying(form):
            await sources.delete_source(
                visit.tx, visit.actor.id, sha, actor=visit.actor, request_id=visit.call.request_id
            )
            return visit.go(HERE, said=_("Its text is gone for good."))
    return await _page(visit, acting=form)


@routes.post(HERE + "/feeds/{feed_id}/begin", gate=CREATOR)
async def begin(visit: VisitDep, feed_id: FeedId) -> Response:
    form = await visit.form(AgreeForm)
    if form.model is not None and not form.model.agreed:
        form.errors["agreed"] = _("The arena cannot sign without a key: say that it may make one.")
    elif form.model is not None:
        async with visit.trying(form):
            await hosting.begin_hosting(
                visit.tx, visit.settings, feed_id, actor=visit.actor,
                request_id=visit.call.request_id,
            )  # fmt: skip
            return visit.go(HERE, said=_("From the next bar on the arena decides for this feed."))
    return await _page(visit, acting=form, about=feed_id)


@routes.post(HERE + "/feeds/{feed_id}/stop", gate=CREATOR)
async def stop(visit: VisitDep, feed_id: FeedId) -> Response:
    form = await visit.form(Form)
    if form.model is not None:
        async with visit.trying(form):
            await hosting.stop_hosting(
                visit.tx, feed_id, actor=visit.actor, request_id=visit.call.request_id
            )
            return visit.go(HERE, said=_("Stopped, and the arena's key has ended."))
    return await _page(visit, acting=form, about=feed_id)


async def _page(
    visit: Visit,
    *,
    sending: Filled[SourceForm] | None = None,
    acting: Filled[Any] | None = None,
    about: str = "",
) -> Response:
    """With the form that was refused, if one was; `about` is the feed whose form it is."""
    refused: Filled[Any] = sending or acting or Filled()
    mine = await identity.collectives(visit.tx, owner_id=visit.actor.id, limit=COLLECTIVES_MAX)
    found = await sources.sources_of(visit.tx, visit.actor.id, limit=SOURCES_MAX)
    return visit.page(
        "studio/sources.html", status=refused.status, sending=sending or Filled(), acting=acting or Filled(),
        about=about, collectives=mine, lines=await _lines(visit, found, [one.id for one in mine]),
        is_on=visit.settings.host_strategies, state=await hosting.hosting_state(visit.tx),
        command=COMMAND % visit.settings.origin, feeds_max=visit.settings.hosted_feeds_max,
        failures_max=hosting.FAILURES_MAX,
    )  # fmt: skip


async def _lines(
    visit: Visit, found: Sequence[sources.KeptSource], collective_ids: Sequence[str]
) -> list[SourceLine]:
    if not found:
        return []
    by_code = await _feeds_by_code(visit, collective_ids)
    return [
        SourceLine(
            one,
            [
                await cards.card(visit.tx, sha)
                for sha in (await sources.cards_naming(visit.tx, one))[:CARDS_MAX]
            ],
            by_code.get(one.sha, ()),
        )
        for one in found
    ]


async def _feeds_by_code(
    visit: Visit, collective_ids: Sequence[str]
) -> Mapping[str, Sequence[FeedLine]]:
    """One's open feeds by the code that their lineage names, and those that were hosted."""
    newest: dict[str, hosting.Hosting] = {}
    for one in await hosting.of_owner(visit.tx, visit.actor.id):
        newest.setdefault(one.feed_id, one)
    lines: dict[str, list[FeedLine]] = {}
    for feed in await feeds.feeds_of(visit.tx, list(collective_ids), limit=FEEDS_MAX):
        model = (await document(visit.tx, feed.lineage.model_config_sha)).body
        if feed.status == "open" and model.get("kind") == "own" and model.get("code_version"):
            line = FeedLine(feed, newest.get(feed.id))
            lines.setdefault(str(model["code_version"]), []).append(line)
    return lines


def _only_class(text: str) -> str | None:
    """The one class at the left edge of the text; None where there are none or several."""
    names = _CLASS.findall(text)
    return names[0] if len(names) == 1 else None
