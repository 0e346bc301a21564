"""Names of streams, `btcusdt@depth5@100ms`: what they mean, and their one spelling."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from arena.trading.market import INTERVALS

Kind = Literal[
    "depth", "partial_depth", "trade", "agg_trade", "book_ticker", "kline", "ticker", "mini_ticker",
    "avg_price", "all_tickers", "all_mini_tickers", "user",
]  # fmt: skip
LISTEN_KEY_LENGTH = 60
# Without an interval of its own a stream follows its events; Binance's pace of each of the others.
_PACE_MS: dict[Kind, int] = {
    "kline": 1000, "ticker": 1000, "mini_ticker": 1000, "avg_price": 1000, "all_tickers": 1000,
    "all_mini_tickers": 1000,
}  # fmt: skip
_SIMPLE: dict[str, Kind] = {
    "trade": "trade",
    "aggTrade": "agg_trade",
    "bookTicker": "book_ticker",
    "ticker": "ticker",
    "miniTicker": "mini_ticker",
    "avgPrice": "avg_price",
}
_ALL: dict[str, Kind] = {"!ticker@arr": "all_tickers", "!miniTicker@arr": "all_mini_tickers"}
_SYMBOL = r"(?P<symbol>[A-Za-z0-9_.\-]{1,40})"
_DEPTH = re.compile(_SYMBOL + r"@depth(?P<levels>5|10|20)?(?:@(?P<pace>0|100|1000)ms)?")
_KLINE = re.compile(_SYMBOL + r"@kline_(?P<interval>[0-9]{1,2}[smhdwM])")
_PLAIN = re.compile(_SYMBOL + "@(?P<word>" + "|".join(_SIMPLE) + ")")
_LISTEN_KEY = re.compile(rf"[A-Za-z0-9]{{{LISTEN_KEY_LENGTH}}}")


@dataclass(frozen=True, slots=True)
class StreamName:
    """What a stream carries. `symbol` is the one on the wire, in capitals; empty for streams of all symbols, and
    `text` is the name as it is echoed. `pace_ms`: at most one message in this time; 0: one for each event."""

    text: str
    kind: Kind
    symbol: str = ""
    levels: int = 0
    interval_s: int = 0
    interval: str = ""
    pace_ms: int = 0


@lru_cache(maxsize=8192)
def parse_stream(text: str) -> StreamName | None:
    """None for what is no stream's name, or one that is not served (`@depth@1ms`, `@kline_2w`)."""
    if text in _ALL:
        kind = _ALL[text]
        return StreamName(text, kind, pace_ms=_PACE_MS[kind])
    if _LISTEN_KEY.fullmatch(text):
        return StreamName(text, "user")
    if found := _DEPTH.fullmatch(text):
        levels = int(found["levels"] or 0)
        return StreamName(
            _spelled(text), "partial_depth" if levels else "depth", found["symbol"].upper(), levels,
            pace_ms=int(found["pace"] or 1000),
        )  # fmt: skip
    if found := _KLINE.fullmatch(text):
        interval = found["interval"]
        if interval not in INTERVALS:
            return None
        return StreamName(
            _spelled(text), "kline", found["symbol"].upper(), interval_s=INTERVALS[interval],
            interval=interval, pace_ms=_PACE_MS["kline"],
        )  # fmt: skip
    if found := _PLAIN.fullmatch(text):
        kind = _SIMPLE[found["word"]]
        return StreamName(
            _spelled(text), kind, found["symbol"].upper(), pace_ms=_PACE_MS.get(kind, 0)
        )
    return None


def _spelled(text: str) -> str:
    symbol, _, rest = text.partition("@")
    return f"{symbol.lower()}@{rest}"
