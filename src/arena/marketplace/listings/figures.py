"""The figures of a record: the metrics of a reference account, as plain values ready for JSON."""

from datetime import datetime
from typing import Any

import msgspec

from arena.kit.clock import iso_ms
from arena.kit.db import Tx
from arena.trading import performance


async def figures(tx: Tx, account_id: str, until: datetime | None = None) -> dict[str, Any]:
    """Metrics of the account up to a product time; decimals as strings. Raises NoSuchAccount."""
    measured = await performance.measure(tx, account_id, until)
    plain: dict[str, Any] = msgspec.to_builtins(measured)
    plain["since"], plain["until"] = iso_ms(measured.since), iso_ms(measured.until)
    return plain
