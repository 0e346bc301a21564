"""Marks accounts to market, and reads their curves and metrics."""

from datetime import datetime

from arena.kit.db import Tx
from arena.trading.orders import fills
from arena.trading.performance import store
from arena.trading.performance.metrics import metrics
from arena.trading.performance.model import Mark, Metrics
from arena.trading.portfolio import account


async def mark(tx: Tx, at: datetime) -> int:
    """Marks every open account at the close of a bar (product time); returns how many. Repeated, it does
    nothing. One statement, called each bar."""
    return await store.insert_marks(tx, at)


async def curve(
    tx: Tx,
    account_id: str,
    until: datetime | None = None,
    *,
    since: datetime | None = None,
    points: int | None = None,
) -> list[Mark]:
    """The account's marks up to `until` (included), oldest first; with `points`, about so many of them."""
    if points is not None:
        return await store.thinned(tx, account_id, until=until, points=points)
    return await store.marks(tx, account_id, until=until, since=since)


async def measure(tx: Tx, account_id: str, until: datetime | None = None) -> Metrics:
    """The metrics of the account's record up to `until`. Raises NoSuchAccount."""
    whose = await account(tx, account_id)
    return metrics(
        await store.marks(tx, account_id, until=until),
        await fills(tx, account_id, until=until),
        account=whose,
    )
