"""Market data on Binance's wire: depth, trades, klines and tickers, rendered and read."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from arena.kit.clock import to_ms
from arena.trading.market import (
    ARITHMETIC,
    Candle,
    DepthSnapshot,
    Instrument,
    Levels,
    Print,
    Statistics,
)
from arena.trading.venues.dialects.binance.schema.numbers import (
    ZERO,
    Malformed,
    moment,
    number,
    scale,
    signed_number,
    text8,
    text8_down,
    whole,
)


def render_levels(levels: Levels, instrument: Instrument) -> list[list[str]]:
    price, quantity = scale(instrument.tick), scale(instrument.step)
    return [[price.text(p), quantity.text(q)] for p, q in levels]


def parse_levels(levels: Any, instrument: Instrument) -> Levels:
    """Scaled integers; what is finer than the step is floored. Raises Malformed."""
    price, quantity = scale(instrument.tick), scale(instrument.step)
    try:
        return tuple((price.count(p), quantity.count(q)) for p, q in levels)
    except (TypeError, ValueError, AttributeError) as broken:
        raise Malformed(f"levels: {broken}") from broken


def render_depth(book: DepthSnapshot, instrument: Instrument) -> dict[str, Any]:
    return {
        "lastUpdateId": book.last_id,
        "bids": render_levels(book.bids, instrument),
        "asks": render_levels(book.asks, instrument),
    }


def parse_depth(data: Any, instrument: Instrument, at: datetime) -> DepthSnapshot:
    """The answer carries no time of its own. Raises Malformed."""
    try:
        return DepthSnapshot(
            instrument.symbol,
            at,
            whole(data["lastUpdateId"]),
            parse_levels(data["bids"], instrument),
            parse_levels(data["asks"], instrument),
        )
    except (KeyError, TypeError) as broken:
        raise Malformed(f"depth: {type(broken).__name__} {broken}") from broken


def render_trade(trade: Print) -> dict[str, Any]:
    """A row of `trades` and `historicalTrades`."""
    return {
        "id": trade.id,
        "price": text8(trade.price),
        "qty": text8(trade.quantity),
        "quoteQty": text8_down(trade.price * trade.quantity),
        "time": to_ms(trade.at),
        "isBuyerMaker": trade.side == "sell",
        "isBestMatch": True,
    }


def parse_trade(symbol: str, row: Any) -> Print:
    """Raises Malformed."""
    return _print(symbol, row, ("id", "time", "price", "qty", "isBuyerMaker"))


def render_aggregate(trade: Print) -> dict[str, Any]:
    """A row of `aggTrades`. Every trade is its own aggregate: sources do not say which taker order made it."""
    return {
        "a": trade.id,
        "p": text8(trade.price),
        "q": text8(trade.quantity),
        "f": trade.id,
        "l": trade.id,
        "T": to_ms(trade.at),
        "m": trade.side == "sell",
        "M": True,
    }


def parse_aggregate(symbol: str, row: Any) -> Print:
    """Raises Malformed."""
    return _print(symbol, row, ("a", "T", "p", "q", "m"))


def _print(symbol: str, row: Any, keys: tuple[str, str, str, str, str]) -> Print:
    try:
        trade_id, ms, price, quantity, buyer_is_maker = (row[key] for key in keys)
    except (KeyError, TypeError) as broken:
        raise Malformed(f"trade: {type(broken).__name__} {broken}") from broken
    if type(buyer_is_maker) is not bool:
        raise Malformed("a trade without a side")
    return Print(
        symbol, whole(trade_id), moment(ms), number(price), number(quantity),
        "sell" if buyer_is_maker else "buy", "exchange",
    )  # fmt: skip


def quote_volume(candle: Candle) -> Decimal:
    """What a bar's volume was worth, about: bars do not keep it, so the mean of open, high, low and close stands in."""
    total = candle.open + candle.high + candle.low + candle.close
    return ARITHMETIC.multiply(candle.volume, ARITHMETIC.divide(total, Decimal(4)))


def render_kline(candle: Candle, interval_s: int) -> list[Any]:
    """Twelve elements. The count of trades and what takers bought are zero: bars do not keep them."""
    open_ms = to_ms(candle.open_at)
    return [
        open_ms,
        text8(candle.open),
        text8(candle.high),
        text8(candle.low),
        text8(candle.close),
        text8(candle.volume),
        open_ms + interval_s * 1000 - 1,
        text8(quote_volume(candle)),
        0,
        ZERO,
        ZERO,
        "0",
    ]


def parse_kline(symbol: str, row: Any) -> Candle:
    """Raises Malformed."""
    try:
        o, h, low, c, v = (number(row[place]) for place in range(1, 6))
        at = moment(row[0])
    except (IndexError, KeyError, TypeError) as broken:
        raise Malformed(f"kline: {type(broken).__name__} {broken}") from broken
    if not 0 < low <= min(o, c) <= max(o, c) <= h:
        raise Malformed("a kline whose high and low do not enclose open and close")
    return Candle(symbol, at, o, h, low, c, v)


def render_ticker(
    wire: str, day: Statistics, book: DepthSnapshot, instrument: Instrument, *, last: Print | None
) -> dict[str, Any]:
    """`ticker/24hr`. `count` is the number of trades as ids tell, 0 where the source counts none."""
    bid = render_levels(book.bids[:1], instrument) or [[ZERO, ZERO]]
    ask = render_levels(book.asks[:1], instrument) or [[ZERO, ZERO]]
    mean = ARITHMETIC.divide(day.quote_volume, day.volume) if day.volume else day.close
    return {
        "symbol": wire,
        "priceChange": text8(day.close - day.open),
        "priceChangePercent": percent(day.change),
        "weightedAvgPrice": text8(mean),
        "prevClosePrice": text8(day.open),
        "lastPrice": text8(day.close),
        "lastQty": text8(last.quantity) if last else ZERO,
        "bidPrice": bid[0][0],
        "bidQty": bid[0][1],
        "askPrice": ask[0][0],
        "askQty": ask[0][1],
        "openPrice": text8(day.open),
        "highPrice": text8(day.high),
        "lowPrice": text8(day.low),
        "volume": text8(day.volume),
        "quoteVolume": text8(day.quote_volume),
        "openTime": to_ms(day.since),
        "closeTime": to_ms(day.until),
        "firstId": -1,
        "lastId": last.id if last else -1,
        "count": 0,
    }


def percent(fraction: Decimal) -> str:
    """Three decimals, as Binance shows changes."""
    return f"{(fraction * 100).quantize(Decimal('0.001'), ROUND_HALF_EVEN):f}"


MINI_TICKER = (
    "symbol", "openPrice", "highPrice", "lowPrice", "lastPrice", "volume", "quoteVolume", "openTime", "closeTime",
    "firstId", "lastId", "count",
)  # fmt: skip
"""What `type=MINI` leaves of a ticker."""
ROLLING_TICKER = (
    "symbol", "priceChange", "priceChangePercent", "weightedAvgPrice", "openPrice", "highPrice", "lowPrice",
    "lastPrice", "volume", "quoteVolume", "openTime", "closeTime", "firstId", "lastId", "count",
)  # fmt: skip
"""What `ticker` and `ticker/tradingDay` have of it."""


def parse_ticker(symbol: str, data: Any) -> Statistics:
    """`bars` is 0: nobody says. Raises Malformed."""
    try:
        opened = number(data["openPrice"])
        changed = signed_number(data["priceChange"])
        return Statistics(
            symbol,
            moment(data["openTime"]),
            moment(data["closeTime"]),
            opened,
            number(data["highPrice"]),
            number(data["lowPrice"]),
            number(data["lastPrice"]),
            number(data["volume"]),
            number(data["quoteVolume"]),
            ARITHMETIC.divide(changed, opened) if opened else Decimal(0),
            0,
        )
    except (KeyError, TypeError) as broken:
        raise Malformed(f"ticker: {type(broken).__name__} {broken}") from broken


def render_book_ticker(wire: str, book: DepthSnapshot, instrument: Instrument) -> dict[str, str]:
    bid = render_levels(book.bids[:1], instrument) or [[ZERO, ZERO]]
    ask = render_levels(book.asks[:1], instrument) or [[ZERO, ZERO]]
    return {
        "symbol": wire,
        "bidPrice": bid[0][0],
        "bidQty": bid[0][1],
        "askPrice": ask[0][0],
        "askQty": ask[0][1],
    }


def average_price(
    prints: Iterable[Print], *, until: datetime, minutes: int
) -> tuple[Decimal, datetime] | None:
    """The mean of the trades of the last minutes, weighted by quantity, and when the last one was; None without one."""
    since = until - timedelta(minutes=minutes)
    worth, volume, at = Decimal(0), Decimal(0), since
    for trade in prints:
        if trade.at > since:
            worth += trade.price * trade.quantity
            volume += trade.quantity
            at = max(at, trade.at)
    return (ARITHMETIC.divide(worth, volume), at) if volume else None


def render_average(price: Decimal, *, minutes: int, at: datetime) -> dict[str, Any]:
    return {"mins": minutes, "price": text8(price), "closeTime": to_ms(at)}
