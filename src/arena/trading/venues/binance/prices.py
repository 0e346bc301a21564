"""Prices as Binance streams them: the top of each book and each trade, with the gaps marked."""

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from arena.kit.clock import wall_now
from arena.trading.venues.binance.errors import VENUE
from arena.trading.venues.dialects.binance.schema import Malformed, moment, number
from arena.trading.venues.reconnect import connections, frames
from arena.trading.venues.venue import Price


async def read_prices(streams_url: str, symbols: Mapping[str, str]) -> AsyncIterator[Price]:
    """`symbols` are ours by the one on the wire. Ends never; the first news after a reconnect is marked."""
    names = "/".join(
        f"{wire.lower()}@{kind}" for wire in symbols for kind in ("bookTicker", "trade")
    )
    tops: dict[str, tuple[Decimal | None, Decimal | None]] = {}
    lasts: dict[str, Decimal] = {}
    seen: set[str] = set(symbols.values())  # the very first news is no gap
    url = f"{streams_url}/stream?streams={names}"
    async with aclosing(connections(url, venue=VENUE, stream="prices")) as opened:
        async for socket in opened:
            async with aclosing(frames(socket)) as told:
                async for frame in told:
                    news = _news(frame, symbols)
                    if news is None:
                        continue
                    symbol, at, data = news
                    if "b" in data:
                        tops[symbol] = _price(data.get("b")), _price(data.get("a"))
                    elif (last := _price(data.get("p"))) is not None:
                        lasts[symbol] = last
                    bid, ask = tops.get(symbol, (None, None))
                    yield Price(
                        symbol, at, bid, ask, lasts.get(symbol), VENUE, gap=symbol not in seen
                    )
                    seen.add(symbol)
            seen.clear()


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


def _price(text: Any) -> Decimal | None:
    """None for an empty side, which is told as zero."""
    try:
        return number(text) or None
    except Malformed:
        return None
