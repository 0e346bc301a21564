"""Begins and ends hosting: whose feed, by whose code, with which key; all of it with the owner's word for it."""

from dataclasses import replace

from arena.evidence import audit
from arena.kit.db import Tx
from arena.kit.ids import derived
from arena.kit.settings import Settings
from arena.kit.signing import SigningKey
from arena.people import identity
from arena.people.access import SYSTEM, Actor
from arena.signals import feeds
from arena.signals.lab import document, sources
from arena.signals.strategists.hosting import store
from arena.signals.strategists.hosting.model import (
    CannotHostNow,
    Hosting,
    HostingStatus,
    NoSuchHosting,
    NotAnOwnModel,
    OtherInterval,
    TooManyHosted,
)
from arena.signals.strategists.hosting.state import hosting_state
from arena.trading.market import tape


async def begin_hosting(
    tx: Tx, settings: Settings, feed_id: str, *, actor: Actor, request_id: str | None = None
) -> Hosting:
    """From the next bar on the arena decides for the feed by the code its lineage names, and signs with a key that it
    makes and adds to the collective's: `actor`, the collective or the person who owns it, asks for both.

    A feed that is hosted already stays as it is. Raises HostingOff, NoSuchFeed, NotYourFeed, FeedClosed, CannotHostNow,
    NotAnOwnModel, NoSuchSource, SourceNotPassed, OtherInterval, TooManyHosted, NoTape.
    """
    if not settings.host_strategies:
        raise sources.HostingOff
    feed = await feeds.feed(tx, feed_id)
    owner_id = (await identity.collective(tx, feed.collective_id)).owner_id or feed.collective_id
    if actor.id not in (feed.collective_id, owner_id):
        raise feeds.NotYourFeed(feed=feed_id)
    if feed.status == "closed":
        raise feeds.FeedClosed(feed=feed_id)
    await store.hold_owner(tx, owner_id)
    before = await store.of_feed(tx, feed_id)
    if before and before[0].status is HostingStatus.RUNNING:
        return before[0]
    state = await hosting_state(tx)
    if state is None or not state.works:
        raise CannotHostNow(why=(state and state.why) or "no worker is at work")
    source = await _source_of(tx, feed, owner_id)
    if await store.running_count(tx, owner_id) >= settings.hosted_feeds_max:
        raise TooManyHosted(limit=settings.hosted_feeds_max)
    hosting_id = derived("hst", feed_id, len(before))
    key = await identity.add_key(
        tx, feed.collective_id, hosting_key(settings, hosting_id).public, by=actor.id, request_id=request_id
    )  # fmt: skip
    lineage = feed.lineage
    made = Hosting(
        hosting_id, feed_id, source.id, owner_id, key.id, lineage.model_config_sha, lineage.policy_sha,
        HostingStatus.RUNNING, actor.id, tx.now, None, 0, 0, 0, 0, None, None, None,
    )  # fmt: skip
    await store.insert(tx, made)
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="hosting.begin", object=feed_id, reason=None,
        request_id=request_id, detail={"hosting": made.id, "code": source.sha, "key": key.id},
    )  # fmt: skip
    return made


async def stop_hosting(
    tx: Tx, feed_id: str, *, actor: Actor, why: str = "", request_id: str | None = None
) -> Hosting:
    """The arena decides no more, and its key ends; the feed keeps its last target. Once stopped it stays as it is.

    By the collective, its owner, or an operator. Raises NoSuchFeed, NotYourFeed, NoSuchHosting.
    """
    feed = await feeds.feed(tx, feed_id)
    owner_id = (await identity.collective(tx, feed.collective_id)).owner_id or feed.collective_id
    if actor.id not in (feed.collective_id, owner_id) and not actor.may("operate"):
        raise feeds.NotYourFeed(feed=feed_id)
    found = await newest_hosting(tx, feed_id)
    words = why.strip() or "It was asked for."
    return await end_hosting(
        tx, found.id, HostingStatus.STOPPED, words, actor=actor, request_id=request_id
    )


async def end_hosting(
    tx: Tx,
    hosting_id: str,
    to: HostingStatus,
    why: str,
    *,
    actor: Actor = SYSTEM,
    request_id: str | None = None,
) -> Hosting:
    """Moves it to its end and revokes its key. One that has ended stays as it is."""
    found = await store.by_id(tx, hosting_id)
    assert found is not None, "there is one of this id"
    await store.hold_owner(tx, found.owner_id)
    found = await store.by_id(tx, hosting_id)
    assert found is not None, "rows stay"
    if found.status is not HostingStatus.RUNNING:
        return found
    await store.move(tx, found, to, by=actor.id, why=why)
    feed = await feeds.feed(tx, found.feed_id)
    # Though it be the last one: it is the arena's, and of no use to the collective.
    await identity.revoke_key(
        tx, feed.collective_id, found.key_id, by=actor.id, last=True, reason="The hosting it signed for has ended.",
        request_id=request_id,
    )  # fmt: skip
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action="hosting.end", object=found.feed_id, reason=why,
        request_id=request_id, detail={"hosting": found.id, "status": to},
    )  # fmt: skip
    return replace(found, status=to, ended_at=tx.now, ended_by=actor.id, why=why)


async def newest_hosting(tx: Tx, feed_id: str) -> Hosting:
    """Raises NoSuchHosting."""
    found = await store.of_feed(tx, feed_id)
    if not found:
        raise NoSuchHosting(feed=feed_id)
    return found[0]


def hosting_key(settings: Settings, hosting_id: str) -> SigningKey:
    """The key of a hosting; it follows from the master key and the hosting's id, and is stored nowhere."""
    return SigningKey(settings.vault.derive(f"hosting/{hosting_id}"))


async def _source_of(tx: Tx, feed: feeds.Feed, owner_id: str) -> sources.KeptSource:
    """The code its lineage names, which is here, its owner's, and has passed."""
    model = (await document(tx, feed.lineage.model_config_sha)).body
    sha = model.get("code_version")
    if model.get("kind") != "own" or not isinstance(sha, str):
        raise NotAnOwnModel(feed=feed.id)
    found = await sources.source(tx, owner_id, sha)
    if found.state != "passed":
        raise sources.SourceNotPassed(sha=sha, state=found.state)
    wanted = (await document(tx, feed.lineage.pack_sha)).body.get("interval_s")
    played = (await tape(tx)).interval_s
    if wanted != played:
        raise OtherInterval(feed=feed.id, wanted=wanted, played=played)
    return found
