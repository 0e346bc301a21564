"""Candles from a file or a folder as the Lab computes on them; ticks and steps are those of the market."""

from datetime import UTC, date, datetime, time
from pathlib import Path

from arena.kit.clock import to_ms
from arena.signals.lab.bars import BadBars, Bars
from arena.trading.market import open_file, open_folder


def load_bars(
    path: Path,
    symbol: str,
    interval: str = "",
    *,
    since: str | None = None,
    until: str | None = None,
) -> Bars:
    """The bars of the symbol in a Parquet file or in a folder of them; `interval` like 1h, made of finer ones too.

    `since` (included) and `until` (not) are UTC dates, 2024-01-31. Raises BadPriceFile, NoPrices, BadBars.
    """
    source = (
        open_file(path, interval=interval)
        if path.is_file()
        else open_folder(path, symbols=symbol, interval=interval)
    )
    if symbol not in source.pack.symbols:
        raise BadBars(symbol=symbol, why=f"{path.name} holds {', '.join(source.pack.symbols)}")
    instrument = next(each for each in source.instruments if each.symbol == symbol)
    found = source.columns(symbol).between(_ms(since, 0), _ms(until, 1 << 62) - 1)
    if not len(found):
        raise BadBars(symbol=symbol, why="there is no bar in the span asked for")
    price, volume = 10.0**found.price_digits, 10.0**found.volume_digits
    return Bars.of(
        instrument, found.interval_s,
        {
            "open_ms": found.times, "open": found.open / price, "high": found.high / price,
            "low": found.low / price, "close": found.close / price, "volume": found.volume / volume,
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
