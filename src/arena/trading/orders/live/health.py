"""How live trading is: exchanges as the comparing process saw them last, orders without a known fate, differences."""

from datetime import timedelta
from typing import Any

from arena.kit.clock import iso_ms, wall_now
from arena.kit.db import Tx
from arena.trading.orders.live import store

STALE = timedelta(minutes=5)


async def live_health(tx: Tx) -> dict[str, Any]:
    """`ok` is false where an account is traded live and an exchange rests or has not been compared with for five
    minutes, where nobody knows what became of an order, or where books differ. Ages by the wall clock."""
    counts = await store.counts(tx)
    now = wall_now()
    exchanges = [
        {"name": row["name"], "seen_at": iso_ms(row["at"]), **row["document"]}
        for row in await store.healths(tx)
    ]
    resting = any(one["state"] == "resting" for one in exchanges)
    stale = counts["accounts"] > 0 and (
        counts["compared_at"] is None or now - counts["compared_at"] > STALE
    )
    troubled = counts["unknown_orders"] or counts["differences"]
    return {
        "ok": not (counts["accounts"] and (resting or stale)) and not troubled,
        "allowed": (await store.switch(tx)).allowed,
        "accounts": counts["accounts"],
        "unknown_orders": counts["unknown_orders"],
        "differences": counts["differences"],
        "compared_at": iso_ms(counts["compared_at"]) if counts["compared_at"] else None,
        "exchanges": exchanges,
    }
