"""Hosted feeds over HTTP: begun and stopped by their owner, overseen by operators."""

from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from arena.kit.clock import iso_ms
from arena.kit.page import Page
from arena.people import identity
from arena.people.access import CallDep, Routes, known, needs
from arena.signals import feeds
from arena.signals.strategists.hosting import store
from arena.signals.strategists.hosting.begin import begin_hosting, newest_hosting, stop_hosting
from arena.signals.strategists.hosting.model import Hosting, HostingStatus, NoSuchHosting

routes = Routes("lab")
FeedId = Annotated[str, Path(pattern=r"^fd_[0-9a-z]{26}$", description="The feed's id, fd_….")]


class HostingView(BaseModel):
    """A span for which the arena decides for a feed. `key_id` is the key it made for that, among the collective's."""

    id: str
    feed_id: str
    key_id: str
    status: HostingStatus
    begun_by: str
    begun_at: str = Field(description="Product time, as all times here.")
    decided_at: str | None
    decisions: int
    failures: int = Field(description="In a row; at three it is given up.")
    busy_ms: int
    memory_kb: int
    ended_at: str | None
    why: str | None


class StopHosting(BaseModel):
    """Why it shall end, in a few words; kept in the audit trail."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field("", max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")


@routes.add(
    "POST", "/feeds/{feed_id}/hosting", gate=needs("signals:publish", kinds={"collective"}), status_code=201,
    summary="Let the arena decide for a feed",
)  # fmt: skip
async def begin(call: CallDep, feed_id: FeedId) -> HostingView:
    """By the code that the feed's lineage names, which must be here and have passed. The arena makes a key for it and
    adds it to the collective's: this signed call is the consent to that. Revoking the key ends it, too."""
    made = await begin_hosting(
        call.tx, call.settings, feed_id, actor=call.actor, request_id=call.request_id
    )
    return hosting_view(made)


@routes.add(
    "GET", "/feeds/{feed_id}/hosting",
    gate=known("only the feed's owner and operators are told"), summary="Whether the arena decides for a feed",
)  # fmt: skip
async def show(call: CallDep, feed_id: FeedId) -> HostingView:
    """The newest span; for the collective, its owner, and operators."""
    feed = await feeds.feed(call.tx, feed_id)
    owner_id = (await identity.collective(call.tx, feed.collective_id)).owner_id
    if call.actor.id not in (feed.collective_id, owner_id) and not call.actor.may("operate"):
        raise NoSuchHosting(feed=feed_id)
    return hosting_view(await newest_hosting(call.tx, feed_id))


@routes.add(
    "POST", "/feeds/{feed_id}/hosting/stop",
    gate=known("the feed's owner and operators may stop it, which is checked by the verb"),
    summary="Stop deciding for a feed",
)  # fmt: skip
async def stop(call: CallDep, feed_id: FeedId, body: StopHosting) -> HostingView:
    """The arena's key ends; the feed keeps its last target until its collective publishes another."""
    return hosting_view(
        await stop_hosting(
            call.tx, feed_id, actor=call.actor, why=body.reason, request_id=call.request_id
        )
    )


@routes.add("GET", "/hosting", gate=needs("operate"), summary="All feeds that are hosted")
async def every(call: CallDep) -> Page[HostingView]:
    """Those at work first, then those that ended last (operator)."""
    found = await store.every(call.tx)
    return Page(data=[hosting_view(one) for one in found], has_more=False)


def hosting_view(one: Hosting) -> HostingView:
    return HostingView(
        id=one.id, feed_id=one.feed_id, key_id=one.key_id, status=one.status, begun_by=one.begun_by,
        begun_at=iso_ms(one.begun_at), decided_at=one.decided_at and iso_ms(one.decided_at),
        decisions=one.decisions, failures=one.failures, busy_ms=one.busy_ms, memory_kb=one.memory_kb,
        ended_at=one.ended_at and iso_ms(one.ended_at), why=one.why,
    )  # fmt: skip
