"""Bars for the Lab out of Parquet candles, read as the market reads them, so that ticks and steps are its own."""

from datetime import UTC, date, datetime, time
from pathlib import Path

import numpy as np

from arena.kit.clock import to_ms
from arena.signals.lab.bars import BadBars, Bars
from arena.trading.market import Replay, open_file, open_folder


def open_candles(path: Path, symbol: str, interval: str) -> Replay:
    """A folder of candles, or one file of them, as a source of one symbol at an interval (`1h`). Raises NoPrices,
    BadPriceFile."""
    if path.is_file():
        return open_file(path, symbol=symbol, interval=interval)
    return open_folder(path, symbols=symbol, interval=interval)


def load_bars(
    path: Path,
    symbol: str,
    interval: str,
    *,
    since: str | None = None,
    until: str | None = None,
) -> Bars:
    """The same as bars. `since` (included) and `until` (not) are UTC dates, 2024-01-31, that cut the span. Raises
    NoPrices, BadPriceFile, BadBars."""
    bars = bars_of(open_candles(path, symbol, interval))
    first, end = np.searchsorted(bars.open_ms, [_ms(since, 0), _ms(until, 1 << 62)])
    if first >= end:
        raise BadBars(symbol=symbol, why="there is no bar in the span that was asked for")
    return bars.between(int(first), int(end))


def bars_of(source: Replay, symbol: str = "") -> Bars:
    """The source's bars of that symbol; its first one's where none is named. Raises BadBars."""
    instrument = next(i for i in source.instruments if symbol in ("", i.symbol))
    columns = source.columns(instrument.symbol)
    prices, volumes = 10.0**columns.price_digits, 10.0**columns.volume_digits
    # Whole numbers below 2^53 divided by a power of ten: the float nearest to the decimal.
    return Bars.of(
        instrument, columns.interval_s,
        {
            "ts": columns.times, "open": columns.open / prices, "high": columns.high / prices,
            "low": columns.low / prices, "close": columns.close / prices,
            "volume": columns.volume / volumes,
        },
    )  # fmt: skip


def _ms(day: str | None, default: int) -> int:
    """Midnight of that UTC date. Raises BadBars."""
    if day is None:
        return default
    try:
        return to_ms(datetime.combine(date.fromisoformat(day), time(), UTC))
    except ValueError as wrong:
        raise BadBars(symbol="", why=f"{day} is no date like 2024-01-31") from wrong
