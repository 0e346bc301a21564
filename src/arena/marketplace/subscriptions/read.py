"""Read subscriptions."""

from collections.abc import Sequence
from datetime import datetime

from arena.kit.db import Tx
from arena.marketplace.subscriptions import store
from arena.marketplace.subscriptions.model import NoSuchSubscription, Subscription


async def subscription(tx: Tx, subscription_id: str) -> Subscription:
    """Raises NoSuchSubscription. Whose it is, the caller checks."""
    found = await store.by_id(tx, subscription_id)
    if found is None:
        raise NoSuchSubscription(subscription_id=subscription_id)
    return found


async def subscriptions_of(
    tx: Tx, person_id: str, *, after: tuple[datetime, str] | None = None, limit: int = 50
) -> list[Subscription]:
    """A person's subscriptions, newest first; `after` is (created_at, id) of the last one seen."""
    return await store.page(tx, person_id, after=after, limit=limit)


async def live_first(
    tx: Tx, person_id: str, *, after: tuple[bool, datetime, str] | None = None, limit: int = 50
) -> list[Subscription]:
    """A person's subscriptions, those that have ended last; `after` is (ended, created_at, id) of the last
    one seen."""
    return await store.live_first(tx, person_id, after=after, limit=limit)


async def live_subscription(tx: Tx, person_id: str, listing_id: str) -> Subscription | None:
    """The one that has not ended, of which a person has at most one a listing."""
    return await store.live_of(tx, person_id, listing_id)


async def seats_taken(tx: Tx, listing_ids: Sequence[str]) -> dict[tuple[str, str], int]:
    """How many seats are taken, by (listing id, tier); pairs without any are left out."""
    return await store.seats_taken_by_tier(tx, listing_ids)
