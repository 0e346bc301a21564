"""The record of a listing in pages: fills and marks of its reference account up to a caller's horizon."""

from datetime import datetime
from typing import Any, Literal

from arena.kit.clock import from_iso, iso_ms, to_ms
from arena.kit.db import Tx
from arena.kit.page import BadCursor, Page, decode_cursor, encode_cursor, page_of
from arena.marketplace.entitlements.evidence import Shown
from arena.trading import orders, performance, venues

Part = Literal["fills", "marks"]


async def record(
    tx: Tx, shown: Shown, part: Part, *, after: str | None, limit: int
) -> Page[dict[str, Any]]:
    """A page of fills or marks, in the order of the record. Raises BadCursor."""
    read = _fills if part == "fills" else _marks
    return await read(tx, shown.feed.account_id, shown.horizon, after=after, limit=limit)


async def _fills(
    tx: Tx, account_id: str, until: datetime, *, after: str | None, limit: int
) -> Page[dict[str, Any]]:
    place = None
    if after is not None:
        at, order_id, number = decode_cursor(after, (str, str, int))
        if not 0 <= number < 2**15:
            raise BadCursor
        place = (_time(at), order_id, number)
    rows = await orders.fills(tx, account_id, until=until, after=place, limit=limit + 1)
    page = page_of(rows, limit, lambda f: encode_cursor(f.at.isoformat(), f.order_id, f.number))
    return Page(data=[_fill(f) for f in page.data], has_more=page.has_more, next=page.next)


async def _marks(
    tx: Tx, account_id: str, until: datetime, *, after: str | None, limit: int
) -> Page[dict[str, Any]]:
    since = None if after is None else _time(decode_cursor(after, (str,))[0])
    # One more to see whether there is more, and one for the mark at `since` itself.
    rows = await performance.curve(tx, account_id, until, since=since, limit=limit + 2)
    rows = [mark for mark in rows if since is None or mark.at > since][: limit + 1]
    page = page_of(rows, limit, lambda m: encode_cursor(m.at.isoformat()))
    data = [
        {
            "at": iso_ms(m.at), "at_ms": to_ms(m.at), "equity": format(m.equity, "f"),
            "cash": format(m.cash, "f"), "exposure": format(m.exposure, "f"),
        }
        for m in page.data
    ]  # fmt: skip
    return Page(data=data, has_more=page.has_more, next=page.next)


def _fill(fill: venues.Fill) -> dict[str, Any]:
    return {
        "id": fill.id, "order_id": fill.order_id, "number": fill.number, "at": iso_ms(fill.at),
        "at_ms": to_ms(fill.at), "symbol": fill.symbol, "side": fill.side,
        "quantity": format(fill.quantity, "f"), "price": format(fill.price, "f"),
        "fee": format(fill.fee, "f"), "fee_asset": fill.fee_asset, "liquidity": fill.liquidity,
        "evidence": fill.evidence,
    }  # fmt: skip


def _time(text: str) -> datetime:
    """Raises BadCursor."""
    try:
        return from_iso(text)
    except (ValueError, OverflowError):
        raise BadCursor from None
