"""The closed bars of one instrument as arrays: what the Lab computes on."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from arena.kit.errors import Refused
from arena.trading.market import Instrument

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


class BadBars(Refused):
    """These bars of {symbol} cannot be tested on: {why}. `arena data check` says what is wrong with a pack."""


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """Oldest first, all arrays of one length and read-only.

    `open_ms` are the opens in UTC milliseconds, strictly rising, whole multiples of the interval; bars may be missing.
    Prices are quote units, volumes base units, float64; every number is finite, prices are above zero, and the high
    and the low of a bar hold its open and close between them.
    """

    instrument: Instrument
    interval_s: int
    open_ms: Whole
    opens: Floats
    highs: Floats
    lows: Floats
    closes: Floats
    volumes: Floats

    @classmethod
    def of(cls, instrument: Instrument, interval_s: int, columns: dict[str, Any]) -> Self:
        """From columns `ts` (or `open_ms`), open, high, low, close, volume. Raises BadBars."""
        stamps = columns["open_ms"] if "open_ms" in columns else columns["ts"]
        names = ("open", "high", "low", "close", "volume")
        arrays = [np.array(columns[name], dtype=np.float64) for name in names]
        bars = cls(instrument, interval_s, np.array(stamps, dtype=np.int64), *arrays)
        bars._check()
        for array in (bars.open_ms, *arrays):
            array.flags.writeable = False
        return bars

    def __len__(self) -> int:
        return len(self.open_ms)

    def until(self, count: int) -> Self:
        """The first `count` bars."""
        return self.between(0, count)

    def between(self, first: int, end: int) -> Self:
        """Bars `first` up to, not including, `end`; views of the same memory."""
        cut = slice(first, end)
        return type(self)(
            self.instrument, self.interval_s, self.open_ms[cut], self.opens[cut], self.highs[cut],
            self.lows[cut], self.closes[cut], self.volumes[cut],
        )  # fmt: skip

    def _check(self) -> None:
        for why, holds in self._conditions():
            if not holds:
                raise BadBars(symbol=self.instrument.symbol, why=why)

    def _conditions(self) -> list[tuple[str, bool]]:
        prices = (self.opens, self.highs, self.lows, self.closes)
        lengths = {len(self.open_ms), len(self.volumes), *(len(array) for array in prices)}
        if len(lengths) != 1:
            return [("columns are not of one length", False)]
        if not len(self):
            return [("there are none", False)]
        steps = np.diff(self.open_ms)
        return [
            ("a bar opens twice", bool((steps != 0).all())),
            ("bars are not in the order of time", bool((steps > 0).all())),
            (
                f"bars do not open at whole multiples of {self.interval_s} s",
                bool((self.open_ms % (self.interval_s * 1000) == 0).all()),
            ),
            (
                "a price or volume is not a number",
                all(bool(np.isfinite(array).all()) for array in (*prices, self.volumes)),
            ),
            ("a price is zero or below", all(bool((array > 0).all()) for array in prices)),
            ("a volume is below zero", bool((self.volumes >= 0).all())),
            (
                "a high or low does not hold its open and close",
                bool(
                    (np.maximum(self.opens, self.closes) <= self.highs).all()
                    and (np.minimum(self.opens, self.closes) >= self.lows).all()
                ),
            ),
        ]
