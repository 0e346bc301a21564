"""The audience of a free tier, for its creator: how many follow, come, go, and come to pay."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from arena.kit.db import Tx
from arena.marketplace.subscriptions.free import store

WINDOW = timedelta(days=30)
SHOWN = timedelta(days=89)  # and the running day


@dataclass(frozen=True, slots=True)
class Audience:
    """`joined` and `left` count the last 30 days of product time. Of all who `ever` followed, `subscribed` took a paid
    tier after it. `by_day`: followers at the end of each UTC day, the running one last."""

    followers: int
    joined: int
    left: int
    ever: int
    subscribed: int
    by_day: Sequence[tuple[datetime, int]]


async def audience(tx: Tx, listing_id: str) -> Audience:
    """Counts only; who they are is theirs."""
    row = await store.counts(tx, listing_id, tx.now - WINDOW)
    return Audience(
        row["followers"], row["joined"], row["left_"], row["ever"], row["subscribed"],
        await store.by_day(tx, listing_id, tx.now - SHOWN),
    )  # fmt: skip
