"""Burn-in: how much forward record a feed has, and how much of it a listing needs."""

from dataclasses import dataclass
from datetime import timedelta

from arena.kit.db import Tx
from arena.kit.settings import Settings
from arena.signals import feeds
from arena.trading import orders


@dataclass(frozen=True, slots=True)
class BurnIn:
    """Whole days since the first signal arrived, in product time, and fills; each beside what is needed."""

    begun: bool
    days: int
    days_min: int
    fills: int
    fills_min: int

    @property
    def enough_days(self) -> bool:
        return self.begun and self.days >= self.days_min

    @property
    def enough_fills(self) -> bool:
        return self.fills >= self.fills_min

    @property
    def passed(self) -> bool:
        return self.enough_days and self.enough_fills


async def burn_in(tx: Tx, feed: feeds.Feed, settings: Settings) -> BurnIn:
    """Where the feed stands; the forward record begins with the arrival of its first signal."""
    first = await feeds.signal(tx, feed.id, 1)
    span = tx.now - first.received_at if first else timedelta()
    fills = await orders.fill_count(tx, feed.account_id)
    return BurnIn(
        first is not None, span.days, settings.burn_in_days, fills, settings.burn_in_fills
    )
