"""Books and prints where only candles are known: a documented stand-in, labelled "bar" wherever it shows.

Book: around the last close c lie ten levels a side. The best bid is c less max(c * half_spread_bps / 10000,
half a tick), rounded down to the tick, the best ask mirrors it; each further level is one spacing away, where
spacing is the distance from c to the best bid rounded up to the tick. A side holds a tenth of the bar's volume;
level i of 1 to 10 has i/55 of that, rounded down to the step. Prints: the four points of the bar's path (rules
of the record, 1), a quarter of the volume each; the taker buys where the path arrived from below (the
first goes with where the path sets out to). A bar without volume has neither book nor prints: nobody traded.
"""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

from arena.kit.clock import to_ms
from arena.trading.market.model import ARITHMETIC, Book, Candle, Instrument, Level, Print, Side

LEVELS = 10
POINTS = 4
_WEIGHTS = LEVELS * (LEVELS + 1) // 2


def bar_book(
    bar: Candle,
    instrument: Instrument,
    *,
    interval_s: int,
    half_spread_bps: int,
    depth: int = LEVELS,
) -> Book:
    """The book this model sees at the close of the bar; at most ten levels a side."""
    half = max(bar.close * half_spread_bps / 10_000, instrument.tick / 2)
    bid, ask = instrument.floor_tick(bar.close - half), instrument.ceil_tick(bar.close + half)
    spacing = max(instrument.ceil_tick(half), instrument.tick)
    sizes = [
        instrument.floor_step(ARITHMETIC.divide(bar.volume * i, Decimal(10 * _WEIGHTS)))
        for i in range(1, LEVELS + 1)
    ]
    levels = [(i, size) for i, size in enumerate(sizes) if size > 0][:depth]
    bids = tuple(Level(bid - i * spacing, size) for i, size in levels if bid - i * spacing > 0)
    asks = tuple(Level(ask + i * spacing, size) for i, size in levels)
    return Book(bar.symbol, bar.open_at + timedelta(seconds=interval_s), bids, asks, "bar")


def bar_prints(bar: Candle, instrument: Instrument, *, interval_s: int) -> tuple[Print, ...]:
    """The four points of the bar's path, oldest first; ids rise with time and are the same on every replay."""
    quantity = instrument.floor_step(bar.volume / POINTS)
    if quantity <= 0:
        return ()
    low_first = bar.open - bar.low <= bar.high - bar.open
    middle = (bar.low, bar.high) if low_first else (bar.high, bar.low)
    path = (bar.open, *middle, bar.close)
    first: Side = "sell" if low_first else "buy"
    sides: list[Side] = [first]
    for before, after in pairwise(path):
        sides.append(sides[-1] if before == after else "buy" if after > before else "sell")
    number = to_ms(bar.open_at) // (interval_s * 1000) * POINTS
    third = timedelta(milliseconds=interval_s * 1000 // 3)
    return tuple(
        Print(bar.symbol, number + i, bar.open_at + i * third, path[i], quantity, sides[i], "bar")
        for i in range(POINTS)
    )
