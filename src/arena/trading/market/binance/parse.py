"""Binance's public messages into our types. Numbers arrive as text and stay exact."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from arena.kit.clock import from_ms
from arena.trading.market.model import Book, Candle, Instrument, Level, Print
from arena.trading.market.scale import amount

T = TypeVar("T")


class Malformed(ValueError):
    """A message that is not what the exchange's documentation says."""


def parsed(parse: Callable[[], T], what: str) -> T:
    """Raises Malformed for whatever is missing or of another kind in the message."""
    try:
        return parse()
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError) as broken:
        raise Malformed(f"{what}: {type(broken).__name__} {broken}") from broken


def moment(ms: Any) -> datetime:
    if type(ms) is not int or not 0 <= ms < 2**43:
        raise ValueError(f"no time in milliseconds: {ms!r:.50}")
    return from_ms(ms)


def instrument(entry: Any) -> Instrument:
    """A symbol of exchangeInfo. Raises Malformed."""

    def parse() -> Instrument:
        filters = {f["filterType"]: f for f in entry["filters"]}
        notional = filters.get("NOTIONAL") or filters.get("MIN_NOTIONAL") or {"minNotional": "0"}
        tick = amount(filters["PRICE_FILTER"]["tickSize"])
        step = amount(filters["LOT_SIZE"]["stepSize"])
        if not tick or not step:
            raise ValueError("a tick or step of zero")
        return Instrument(
            entry["symbol"], entry["baseAsset"], entry["quoteAsset"], tick, step,
            amount(notional["minNotional"]), "trading" if entry["status"] == "TRADING" else "halted",
        )  # fmt: skip

    return parsed(parse, "exchangeInfo")


def kline_row(symbol: str, row: Any) -> Candle:
    """A row of /api/v3/klines. Raises Malformed."""
    return parsed(lambda: _candle(symbol, row[0], row[1:6]), "klines")


def kline_event(data: Any) -> Candle | None:
    """A `kline` event; None while the bar is still running. Raises Malformed."""

    def parse() -> Candle | None:
        k = data["k"]
        if k["x"] is not True:
            return None
        return _candle(str(k["s"]), k["t"], [k[name] for name in "ohlcv"])

    return parsed(parse, "kline")


def _candle(symbol: str, open_ms: Any, numbers: Any) -> Candle:
    o, h, low, c, v = (amount(text) for text in numbers)
    if not (0 < low <= min(o, c) <= max(o, c) <= h):
        raise ValueError("high and low do not enclose open and close")
    return Candle(symbol, moment(open_ms), o, h, low, c, v)


def book(symbol: str, data: Any, at: datetime) -> Book:
    """An answer of /api/v3/depth or a `depth20` event, which carry no time of their own. Raises Malformed."""

    def parse() -> Book:
        sides = [
            tuple(Level(amount(price), amount(quantity)) for price, quantity in data[side][:100])
            for side in ("bids", "asks")
        ]
        bids, asks = sides
        if bids and asks and bids[0].price >= asks[0].price:
            raise ValueError("the book is crossed")
        return Book(symbol, at, bids, asks, "exchange")

    return parsed(parse, "depth")


def trade_event(data: Any) -> Print:
    """A `trade` event: `m` says that the buyer was the maker, so the taker sold. Raises Malformed."""

    def parse() -> Print:
        return _print(str(data["s"]), data["t"], data["T"], data["p"], data["q"], data["m"])

    return parsed(parse, "trade")


def trade_row(symbol: str, row: Any) -> Print:
    """A row of /api/v3/trades. Raises Malformed."""

    def parse() -> Print:
        return _print(symbol, row["id"], row["time"], row["price"], row["qty"], row["isBuyerMaker"])

    return parsed(parse, "trades")


def _print(symbol: str, number_: Any, ms: Any, *rest: Any) -> Print:
    price, quantity, buyer_is_maker = rest
    if type(number_) is not int or not 0 <= number_ < 2**63 or type(buyer_is_maker) is not bool:
        raise ValueError("no trade id or no side")
    side = "sell" if buyer_is_maker else "buy"
    return Print(symbol, number_, moment(ms), amount(price), amount(quantity), side, "exchange")  # type: ignore[arg-type]  # a Literal of two
