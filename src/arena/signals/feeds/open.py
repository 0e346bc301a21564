"""Opens a feed with its reference account, closes it, and changes the lineage its signals may name."""

from dataclasses import replace
from decimal import Decimal

from arena.evidence import audit
from arena.kit.db import Tx
from arena.kit.ids import derived
from arena.kit.settings import Settings
from arena.people.access import Actor
from arena.signals.feeds import store
from arena.signals.feeds.clock import hold_clock
from arena.signals.feeds.model import (
    ZERO_HASH,
    Feed,
    FeedClosed,
    FeedNameTaken,
    Lineage,
    NewFeed,
    NoSuchFeed,
    NotYourFeed,
)
from arena.trading.market import instrument
from arena.trading.portfolio import open_account


async def open_feed(
    tx: Tx, new: NewFeed, *, settings: Settings, actor: Actor, request_id: str | None = None
) -> Feed:
    """Opens the feed, or returns it where the collective has opened the very same before.

    The reference account starts with `settings.reference_cash` of the instrument's quote asset.
    Raises UnknownInstrument, FeedNameTaken.
    """
    feed_id = derived("fd", new.collective_id, new.name)
    there = await store.feed(tx, feed_id)
    if there is not None:
        if (there.instrument, there.lineage) != (new.instrument, new.lineage):
            raise FeedNameTaken(name=new.name)
        return there
    traded = await instrument(tx, new.instrument)
    tx.now = max(tx.now, await hold_clock(tx) or tx.now)  # its first mark is that of the next step
    account = await open_account(
        tx, id=derived("acc", feed_id), kind="reference", owner_id=feed_id, quote=traded.quote,
        opening_cash=Decimal(settings.reference_cash),
    )  # fmt: skip
    feed = Feed(
        feed_id, new.collective_id, new.name, new.about, new.instrument, account.id, new.lineage,
        "open", 0, ZERO_HASH, None, tx.now,
    )  # fmt: skip
    await store.insert_feed(tx, feed)
    await _note(tx, "feeds.open", feed, actor, request_id)
    return feed


async def close_feed(tx: Tx, feed_id: str, *, actor: Actor, request_id: str | None = None) -> Feed:
    """The feed takes no more signals; its record stays. Raises NoSuchFeed, NotYourFeed."""
    feed = await _own(tx, feed_id, actor)
    if feed.status == "closed":
        return feed
    await store.close(tx, feed_id)
    await _note(tx, "feeds.close", feed, actor, request_id)
    return replace(feed, status="closed", closed_at=tx.now)


async def set_lineage(
    tx: Tx, feed_id: str, lineage: Lineage, *, actor: Actor, request_id: str | None = None
) -> Feed:
    """From now on the feed's signals name this lineage; `lab` has checked that it is declared.

    Raises NoSuchFeed, NotYourFeed, FeedClosed.
    """
    feed = await _own(tx, feed_id, actor)
    if feed.status == "closed":
        raise FeedClosed(feed=feed_id)
    if feed.lineage == lineage:
        return feed
    await store.set_lineage(tx, feed_id, lineage)
    changed = replace(feed, lineage=lineage)
    await _note(tx, "feeds.set_lineage", changed, actor, request_id)
    return changed


async def _own(tx: Tx, feed_id: str, actor: Actor) -> Feed:
    feed = await store.feed(tx, feed_id, lock=True)
    if feed is None:
        raise NoSuchFeed(feed=feed_id)
    if actor.kind != "system" and actor.id != feed.collective_id:
        raise NotYourFeed(feed=feed_id)
    return feed


async def _note(tx: Tx, action: str, feed: Feed, actor: Actor, request_id: str | None) -> None:
    await audit.record(
        tx, actor=actor.id, actor_kind=actor.kind, action=action, object=feed.id,
        detail={"name": feed.name, "instrument": feed.instrument, "lineage": feed.lineage.as_dict()},
        reason=None, request_id=request_id,
    )  # fmt: skip
