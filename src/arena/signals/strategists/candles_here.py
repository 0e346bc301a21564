"""The candles this arena has: those that ship with it, and the operator's folder."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from arena.kit.errors import ArenaError, Refused
from arena.signals.lab import Bars, bars_of, load_bars
from arena.trading.market import INTERVALS, interval_name, sample_source, scan


class NoSuchCandles(Refused):
    """There are no candles of {symbol} at {interval} here any more. Choose others; the form lists what there is."""


@dataclass(frozen=True, slots=True)
class CandlesHere:
    """Bars of one symbol at an interval (`1h`); `shipped`: with the product, else in the operator's folder. `bars` are
    those of the longest file."""

    symbol: str
    interval: str
    shipped: bool
    bars: int

    @property
    def key(self) -> str:
        """Names them in a form."""
        return f"{'sample' if self.shipped else 'data'}:{self.symbol}:{self.interval}"

    def document(self) -> dict[str, Any]:
        """As JSON, with what `bars_here` finds them by."""
        return {"symbol": self.symbol, "interval": self.interval, "shipped": self.shipped}


def candles_here(data: Path | None) -> list[CandlesHere]:
    """What there is, the shipped first, the others by symbol and interval. Reads the heads of all files: it blocks."""
    shipped = sample_source()
    name = interval_name(shipped.pack.interval_s)
    found = {
        (True, symbol, name): len(bars_of(shipped, symbol).open_ms)
        for symbol in shipped.pack.symbols
    }
    try:
        files = [] if data is None else scan(data)
    except ArenaError:
        files = []
    for file in files:
        key = (False, file.symbol, interval_name(file.interval_s))
        found[key] = max(found.get(key, 0), file.bars)
    return [
        CandlesHere(symbol, interval, shipped, bars)
        for (shipped, symbol, interval), bars in sorted(found.items(), key=_order)
    ]


def bars_here(where: Mapping[str, Any], data: Path | None) -> Bars:
    """The bars that `CandlesHere.document` names. It blocks. Raises NoSuchCandles, BadBars, BadPriceFile."""
    symbol, interval = where["symbol"], where["interval"]
    if where["shipped"]:
        shipped = sample_source()
        if symbol in shipped.pack.symbols and INTERVALS.get(interval) == shipped.pack.interval_s:
            return bars_of(shipped, symbol)
    elif data is not None:
        return load_bars(data, symbol, interval)
    raise NoSuchCandles(symbol=symbol, interval=interval)


def _order(each: tuple[tuple[bool, str, str], int]) -> tuple[bool, str, int]:
    (shipped, symbol, interval), _ = each
    return not shipped, symbol, INTERVALS[interval]
