"""Prices as Binance streams them: the top of each book and each trade, with the gaps marked."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
import structlog

from arena.kit.clock import wall_now
from arena.kit.errors import ArenaError
from arena.trading.venues.binance.errors import VENUE
from arena.trading.venues.dialects.binance.schema import Malformed, moment, number
from arena.trading.venues.reconnect import connections, frames
from arena.trading.venues.venue import Price

log = structlog.get_logger()

Top = tuple[Decimal | None, Decimal | None]
"""Best bid and best ask."""


async def read_prices(
    streams_url: str, symbols: Mapping[str, str], ask: Callable[[str], Awaitable[Top]]
) -> AsyncIterator[Price]:
    """`symbols` are ours by the one on the wire; `ask` gives the top of a book (by its symbol on the wire) now, which
    the stream tells only when it changes. Ends never; the first news after a reconnect is marked."""
    names = "/".join(
        f"{wire.lower()}@{kind}" for wire in symbols for kind in ("bookTicker", "trade")
    )
    tops: dict[str, Top] = {}
    lasts: dict[str, Decimal] = {}
    gap = False  # the very first news is none
    url = f"{streams_url}/stream?streams={names}"
    async with aclosing(connections(url, venue=VENUE, stream="prices")) as opened:
        async for socket in opened:
            for wire, symbol in symbols.items():
                try:
                    tops[symbol] = await ask(wire)
                except ArenaError as broken:
                    log.warning("no top of the book", symbol=symbol, why=broken.detail[:200])
                    continue
                yield Price(symbol, wall_now(), *tops[symbol], lasts.get(symbol), VENUE, gap)
            gap = True
            async with aclosing(frames(socket)) as told:
                async for frame in told:
                    news = _news(frame, symbols)
                    if news is None:
                        continue
                    symbol, at, data = news
                    if "b" in data:
                        tops[symbol] = price_of(data.get("b")), price_of(data.get("a"))
                    elif (last := price_of(data.get("p"))) is not None:
                        lasts[symbol] = last
                    bid, offer = tops.get(symbol, (None, None))
                    yield Price(symbol, at, bid, offer, lasts.get(symbol), VENUE)


def _news(
    frame: str | bytes, symbols: Mapping[str, str]
) -> tuple[str, datetime, dict[str, Any]] | None:
    """(our symbol, time, message); None for what is no news of ours."""
    try:
        message = msgspec.json.decode(frame)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    data = message.get("data", message) if isinstance(message, dict) else None
    if not isinstance(data, dict) or (symbol := symbols.get(str(data.get("s")))) is None:
        return None
    try:  # bookTicker bears no time of its own
        return symbol, moment(data["T"]) if "T" in data else wall_now(), data
    except Malformed:
        return None


def price_of(text: Any) -> Decimal | None:
    """None for an empty side, which is told as zero."""
    try:
        return number(text) or None
    except Malformed:
        return None
