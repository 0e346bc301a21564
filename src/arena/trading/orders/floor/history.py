"""Bars of an instrument: those that have closed from the database, the one being made from memory."""

from datetime import datetime

from arena.kit.db import Tx
from arena.trading.market import Candle, candles, candles_from
from arena.trading.orders.floor.market import FloorMarket


async def candles_of(
    tx: Tx,
    market: FloorMarket,
    *,
    interval_s: int,
    span: tuple[datetime | None, datetime | None],
    now: datetime,
    limit: int,
) -> list[Candle]:
    """Oldest first; the first `limit` from the span's begin on, else the last `limit` up to its end.

    Raises UnknownInterval.
    """
    since, until = span
    end = min(until, now) if until is not None else now
    if since is not None:
        found = await candles_from(
            tx, market.symbol, since, until=end, limit=limit, interval_s=interval_s
        )
    else:
        found = await candles(tx, market.symbol, until=end, limit=limit, interval_s=interval_s)
    made = market.open_candle(interval_s)
    if made is None or made.open_at > end or (found and made.open_at <= found[-1].open_at):
        return found
    if since is not None and (len(found) >= limit or made.open_at < since):
        return found
    return [*found, made][-limit:]
