"""The figures of a record: the metrics of a reference account, as plain values."""

from datetime import datetime
from typing import Any

import msgspec

from arena.kit.db import Tx
from arena.trading import orders, performance

FILLS_MAX = 100_000


async def figures(tx: Tx, account_id: str, until: datetime | None = None) -> dict[str, Any]:
    """Metrics of the account's curve up to a product time; empty where it has no marks yet."""
    marks = await performance.curve(tx, account_id, until)
    if not marks:
        return {}
    fills = await orders.fills(tx, account_id, limit=FILLS_MAX)
    metrics: dict[str, Any] = msgspec.to_builtins(performance.metrics(marks, fills), enc_hook=str)
    return metrics
