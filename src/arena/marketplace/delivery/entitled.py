"""Signals for people's pages: what a grant entitles to, as far as its tier has got, asked with each read."""

from datetime import datetime
from typing import Any

from arena.kit.db import Tx
from arena.marketplace.delivery import admit, render, store
from arena.marketplace.delivery.model import Grant
from arena.people.access import Actor
from arena.signals import feeds


async def entitled(tx: Tx, actor: Actor, feed_id: str) -> Grant:
    """What the person may have of the feed now. Raises PaymentRequired, NotEntitled, ScopeMissing."""
    return await admit.grant(tx, actor, feed_id)


async def last_sequence(tx: Tx, grant: Grant) -> int:
    """The last sequence the grant reaches: the newest one, or that of the moment a delayed tier has got to; 0 for
    none."""
    reach = grant.reach(tx.now)
    if reach is not None:
        return await store.last_before(tx, grant.feed_id, reach)
    return (await feeds.feed(tx, grant.feed_id)).last_sequence


async def issued_at(tx: Tx, feed_id: str, sequence: int) -> datetime:
    """When a signal that is there was issued."""
    found = await feeds.signal(tx, feed_id, sequence)
    assert found is not None, f"{feed_id} lacks signal {sequence}"
    return found.issued_at


async def items(tx: Tx, grant: Grant, *, after: int, limit: int) -> list[dict[str, Any]]:
    """The signals after that sequence, as GET /signals gives them to the tier; none once the grant has ended."""
    if not grant.holds_at(tx.now):
        return []
    found = await feeds.signals(
        tx, grant.feed_id, after=after, limit=limit, issued_before=grant.reach(tx.now)
    )
    return [render.item(signal, basic=not grant.live) for signal in found]
