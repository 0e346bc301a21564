"""Market data as Binance's streams tell it: one message each, as bytes, made once for all who hear it.

`stamp` turns a moment into the connection's unit of time, milliseconds or microseconds.
"""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from arena.kit.clock import to_ms
from arena.trading.market import DepthSnapshot, Instrument, Print, Statistics
from arena.trading.venues.dialects.binance.forming_bar import FormingBar
from arena.trading.venues.dialects.binance.schema.market import (
    render_depth,
    render_levels,
    render_ticker,
)
from arena.trading.venues.dialects.binance.schema.numbers import ZERO, text8
from arena.trading.venues.dialects.binance.schema.symbols import wire_symbol
from arena.trading.venues.dialects.binance.stream_book import Difference

Stamp = Callable[[datetime], int]
encode = msgspec.json.Encoder().encode
_TICKER = (
    ("s", "symbol"), ("p", "priceChange"), ("P", "priceChangePercent"), ("w", "weightedAvgPrice"),
    ("x", "prevClosePrice"), ("c", "lastPrice"), ("Q", "lastQty"), ("b", "bidPrice"), ("B", "bidQty"),
    ("a", "askPrice"), ("A", "askQty"), ("o", "openPrice"), ("h", "highPrice"), ("l", "lowPrice"),
    ("v", "volume"), ("q", "quoteVolume"), ("O", "openTime"), ("C", "closeTime"), ("F", "firstId"),
    ("L", "lastId"), ("n", "count"),
)  # fmt: skip
_MINI = ("s", "c", "o", "h", "l", "v", "q")


def milliseconds(at: datetime) -> int:
    return to_ms(at)


def microseconds(at: datetime) -> int:
    return to_ms(at) * 1000 + at.microsecond % 1000


def depth_update(difference: Difference, instrument: Instrument, stamp: Stamp) -> bytes:
    return encode(
        {
            "e": "depthUpdate",
            "E": stamp(difference.at),
            "s": wire_symbol(instrument),
            "U": difference.first_id,
            "u": difference.last_id,
            "b": render_levels(tuple(difference.bids.items()), instrument),
            "a": render_levels(tuple(difference.asks.items()), instrument),
        }
    )


def partial_depth(book: DepthSnapshot, instrument: Instrument) -> bytes:
    return encode(render_depth(book, instrument))


def book_ticker(book: DepthSnapshot, instrument: Instrument) -> bytes:
    bid, ask = (
        (render_levels(side[:1], instrument) or [[ZERO, ZERO]])[0]
        for side in (book.bids, book.asks)
    )
    return encode(
        {
            "u": book.last_id, "s": wire_symbol(instrument),
            "b": bid[0], "B": bid[1], "a": ask[0], "A": ask[1],
        }
    )  # fmt: skip


def trade(happened: Print, instrument: Instrument, stamp: Stamp) -> bytes:
    at = stamp(happened.at)
    return encode(
        {
            "e": "trade", "E": at, "s": wire_symbol(instrument), "t": happened.id,
            "p": text8(happened.price), "q": text8(happened.quantity), "T": at,
            "m": happened.side == "sell", "M": True,
        }
    )  # fmt: skip


def agg_trade(happened: Print, instrument: Instrument, stamp: Stamp) -> bytes:
    """Every trade is its own aggregate, as in `aggTrades`."""
    at = stamp(happened.at)
    return encode(
        {
            "e": "aggTrade", "E": at, "s": wire_symbol(instrument), "a": happened.id,
            "p": text8(happened.price), "q": text8(happened.quantity),
            "f": happened.id, "l": happened.id, "T": at, "m": happened.side == "sell", "M": True,
        }
    )  # fmt: skip


def kline(
    bar: FormingBar, instrument: Instrument, interval: str, *, at: datetime, stamp: Stamp
) -> bytes:
    symbol = wire_symbol(instrument)
    return encode(
        {
            "e": "kline", "E": stamp(at), "s": symbol,
            "k": {
                "t": stamp(bar.open_at), "T": stamp(bar.close_at) - 1, "s": symbol, "i": interval,
                "f": bar.first_id, "L": bar.last_id,
                "o": text8(bar.open), "c": text8(bar.close), "h": text8(bar.high), "l": text8(bar.low),
                "v": text8(bar.volume), "n": bar.trades, "x": bar.closed, "q": text8(bar.quote_volume),
                "V": text8(bar.taker_volume), "Q": text8(bar.taker_quote_volume), "B": "0",
            },
        }
    )  # fmt: skip


def ticker(
    day: Statistics,
    book: DepthSnapshot,
    instrument: Instrument,
    *,
    last: Print | None,
    at: datetime,
    stamp: Stamp,
) -> dict[str, Any]:
    shown = render_ticker(wire_symbol(instrument), day, book, instrument, last=last)
    message = {"e": "24hrTicker", "E": stamp(at), **{key: shown[name] for key, name in _TICKER}}
    message["O"], message["C"] = stamp(day.since), stamp(day.until)
    return message


def mini_ticker(full: dict[str, Any]) -> dict[str, Any]:
    """What a small ticker keeps of a whole one."""
    return {"e": "24hrMiniTicker", "E": full["E"], **{key: full[key] for key in _MINI}}


def average(
    price: Decimal, instrument: Instrument, *, at: datetime, last_at: datetime, stamp: Stamp
) -> bytes:
    return encode(
        {
            "e": "avgPrice", "E": stamp(at), "s": wire_symbol(instrument), "i": "5m",
            "w": text8(price), "T": stamp(last_at),
        }
    )  # fmt: skip
