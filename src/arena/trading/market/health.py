"""The state of prices: which source and why, where the tape stands, how old the last bar is."""

from datetime import timedelta
from typing import Any

from arena.kit.clock import iso_ms, wall_now
from arena.kit.db import Tx

LATE_BARS = 3


async def market_health(tx: Tx) -> dict[str, Any]:
    """`ok` is false before a tape is opened, and where a live one has had no bar for three bar lengths, or its venue
    (what the source last told of it) has books that are not whole.

    Ages are seconds by the wall clock for a live source, by the product clock for a replay.
    """
    row = await tx.fetchrow(
        """select t.source, t.reason, t.pack_sha, t.pack->>'to' as last_open, t.interval_s, t.next_open_at,
                  t.speed, t.steps, t.ended_at, c.at as now, (select state from price_state) as state,
                  (select max(l.open_at) from instrument i, lateral (select open_at from candle
                     where symbol = i.symbol order by open_at desc limit 1) l) as last_bar
           from tape t, product_clock c"""
    )
    if row is None:
        return {"ok": False, "source": None, "reason": "no tape has been opened yet"}
    live = row["source"] == "live"
    now = max(wall_now(), row["now"]) if live else row["now"]
    last_close = row["last_bar"] and row["last_bar"] + timedelta(seconds=row["interval_s"])
    age_s = (now - last_close).total_seconds() if last_close else None
    late = live and (age_s is None or age_s > LATE_BARS * row["interval_s"])
    well = row["state"] is None or row["state"].get("ok", True) or not live
    return {
        "ok": well and not late,
        "source": row["source"],
        "reason": row["reason"],
        "pack_sha": row["pack_sha"],
        "product_time": iso_ms(now),
        "steps": row["steps"],
        "speed": row["speed"],
        "next_open_at": iso_ms(row["next_open_at"]) if row["next_open_at"] else None,
        "last_open_at": row["last_open"],
        "ended_at": iso_ms(row["ended_at"]) if row["ended_at"] else None,
        "last_bar_age_s": age_s,
        "venue": row["state"],
    }
