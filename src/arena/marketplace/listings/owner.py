"""Whose feed is it? The collective's own, and the person's who owns the collective."""

from arena.kit.db import Tx
from arena.people import identity
from arena.people.access import Actor
from arena.signals import feeds


async def owns(tx: Tx, actor: Actor, feed_id: str) -> bool:
    """Whether the actor may offer the feed. Raises NoSuchFeed."""
    feed = await feeds.feed(tx, feed_id)
    if actor.id == feed.collective_id:
        return True
    collective = await identity.collective(tx, feed.collective_id)
    return collective.owner_id is not None and actor.id == collective.owner_id


async def payee_of(tx: Tx, feed_id: str) -> str:
    """Who is paid for the feed: the person who owns the collective, else the collective itself."""
    feed = await feeds.feed(tx, feed_id)
    collective = await identity.collective(tx, feed.collective_id)
    return collective.owner_id or collective.id
