"""Reads feeds and their signals. Who may see a signal is decided downstream, not here."""

from datetime import datetime
from decimal import Decimal

from arena.kit.db import Tx
from arena.signals.feeds import store
from arena.signals.feeds.model import Feed, NoSuchFeed, Signal


async def feed(tx: Tx, feed_id: str) -> Feed:
    """Raises NoSuchFeed."""
    found = await store.feed(tx, feed_id)
    if found is None:
        raise NoSuchFeed(feed=feed_id)
    return found


async def feeds(
    tx: Tx,
    *,
    after: tuple[datetime, str] | None = None,
    limit: int = 100,
    collective_id: str | None = None,
) -> list[Feed]:
    """In the order they were opened; `after` is (opened_at, id) of the last one seen."""
    return await store.feeds(tx, after=after, limit=limit, collective_id=collective_id)


async def signals(
    tx: Tx,
    feed_id: str,
    *,
    after: int = 0,
    limit: int = 100,
    issued_before: datetime | None = None,
) -> list[Signal]:
    """The feed's signals with a sequence above `after`, in sequence; empty for a feed that is not there."""
    return await store.signals(
        tx, feed_id, after=after, limit=limit, issued_before=issued_before
    )  # fmt: skip


async def signal(tx: Tx, feed_id: str, sequence: int) -> Signal | None:
    return await store.signal(tx, feed_id, sequence)


async def signal_by_id(tx: Tx, signal_id: str) -> Signal | None:
    return await store.signal_by_id(tx, signal_id)


async def largest_weight(tx: Tx, feed_id: str, until: datetime) -> Decimal | None:
    """The largest target of the feed's signals that arrived by then, a share of equity; None before the first."""
    return await store.largest_weight(tx, feed_id, until)
