"""Marks accounts to market, and reads their curves and metrics."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from arena.kit.db import Tx
from arena.trading.orders import fills
from arena.trading.performance import store
from arena.trading.performance.marks import insert_marks, insert_marks_between
from arena.trading.performance.metrics import metrics
from arena.trading.performance.model import Mark, Metrics
from arena.trading.portfolio import account

_MEASURED_MAX = 256
_measured: dict[tuple[str, str, datetime | None], Metrics] = {}


async def mark(tx: Tx, at: datetime) -> int:
    """Marks the open accounts at the close of a bar (product time), as `marks` tells; returns how many. Repeated, it
    does nothing. One statement, called each bar."""
    return await insert_marks(tx, at)


async def mark_between(tx: Tx, at: datetime, prices: Mapping[str, Decimal]) -> int:
    """Marks what trades by itself at these prices (quote units, by symbol), where bars are longer than a minute."""
    return await insert_marks_between(tx, at, prices)


async def curve(
    tx: Tx,
    account_id: str,
    until: datetime | None = None,
    *,
    since: datetime | None = None,
    points: int | None = None,
    limit: int | None = None,
) -> list[Mark]:
    """The account's marks up to `until` (included), oldest first; with `points`, about so many of them, with
    `limit` the first so many from `since` (included) on."""
    if points is not None:
        return await store.thinned(tx, account_id, until=until, points=points)
    return await store.marks(tx, account_id, until=until, since=since, limit=limit)


async def midnights(tx: Tx, account_id: str, until: datetime) -> list[Mark]:
    """The account as it stood at each UTC midnight from its opening to `until`: what the public may see."""
    return await store.at_midnights(tx, account_id, until=until)


async def measure(tx: Tx, account_id: str, until: datetime | None = None) -> Metrics:
    """The metrics of the account's record up to its last mark at or before `until`. Raises NoSuchAccount.

    A record is only ever added to, so what was measured up to a mark stays right and is kept for the next
    who asks.
    """
    whose = await account(tx, account_id)
    database, last = await store.last_mark_at(tx, account_id, until=until)
    key = (database, account_id, last)
    found = _measured.get(key)
    if found is None:
        marks = [] if last is None else await store.marks(tx, account_id, until=last)
        traded = [] if last is None else await fills(tx, account_id, until=last)
        found = metrics(marks, traded, account=whose)
        while len(_measured) >= _MEASURED_MAX:
            del _measured[next(iter(_measured))]
        _measured[key] = found
    return found
