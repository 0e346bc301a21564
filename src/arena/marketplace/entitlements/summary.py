"""The summary of a record up to a horizon: digest, metrics, counts. Kept, because it never changes again.

Everything up to a mark is written in the transaction of that mark, and fills and marks are append-only in what
they say of the past; so a summary is computed once for a process, and forgotten when others push it out.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from arena.kit.db import Database, Tx
from arena.marketplace import listings
from arena.signals import following
from arena.trading import orders, performance

KEPT_MAX = 256
Key = tuple[str, datetime]


@dataclass(frozen=True, slots=True)
class Summary:
    """`fills` and `marks` are counts; `record_sha` is the digest of docs/reference/record.md, section 9."""

    record_sha: str
    metrics: dict[str, Any]
    fills: int
    marks: int


_kept: WeakKeyDictionary[Database, OrderedDict[Key, Summary]] = WeakKeyDictionary()


async def summarise(db: Database, tx: Tx, account_id: str, horizon: datetime) -> Summary:
    """The account's record up to a mark's time. Raises NoSuchAccount."""
    kept = _kept.setdefault(db, OrderedDict())
    key = (account_id, horizon)
    if key in kept:
        kept.move_to_end(key)
        return kept[key]
    summary = Summary(
        await following.record_sha(tx, account_id, horizon),
        await listings.figures(tx, account_id, horizon),
        len(await orders.fills(tx, account_id, until=horizon)),
        len(await performance.curve(tx, account_id, horizon)),
    )
    kept[key] = summary
    while len(kept) > KEPT_MAX:
        kept.popitem(last=False)
    return summary
