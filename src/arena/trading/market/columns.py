"""Candles of one symbol as columns of whole numbers: exact, lean, quick to slice and to resample."""

import math
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arena.trading.market.model import BadPriceFile

Ints = NDArray[np.int64]
DIGITS_MAX = 8
_EXACT_MAX = (
    2.0**50
)  # above it a float64 no longer tells neighbouring multiples of a unit apart safely


@dataclass(frozen=True, slots=True)
class Columns:
    """`times` are UTC milliseconds of bar opens, strictly rising. Prices are counts of 10^-price_digits,
    volumes counts of 10^-volume_digits."""

    interval_s: int
    times: Ints
    open: Ints
    high: Ints
    low: Ints
    close: Ints
    volume: Ints
    price_digits: int
    volume_digits: int

    def __len__(self) -> int:
        return len(self.times)

    def between(self, first_ms: int, last_ms: int) -> "Columns":
        """The bars that open from `first_ms` to `last_ms`, both included."""
        a, b = np.searchsorted(self.times, [first_ms, last_ms + 1])
        return self.rows(slice(int(a), int(b)))

    def rows(self, rows: Any) -> "Columns":
        """Those rows, in that order; a slice costs no memory."""
        return Columns(
            self.interval_s, self.times[rows], self.open[rows], self.high[rows], self.low[rows],
            self.close[rows], self.volume[rows], self.price_digits, self.volume_digits,
        )  # fmt: skip

    def with_digits(self, price_digits: int, volume_digits: int) -> "Columns":
        """The same values counted in finer units."""
        p, v = 10 ** (price_digits - self.price_digits), 10 ** (volume_digits - self.volume_digits)
        return Columns(
            self.interval_s, self.times, self.open * p, self.high * p, self.low * p, self.close * p,
            self.volume * v, price_digits, volume_digits,
        )  # fmt: skip


def read_parquet(path: Path, interval_s: int) -> Columns:
    """Reads `ts, open, high, low, close, volume` (ms, float64). Raises BadPriceFile for anything else."""
    import polars as pl  # half a second and 60 MB: only where files are read

    try:
        frame = pl.read_parquet(path, columns=["ts", "open", "high", "low", "close", "volume"])
        if frame.height == 0:
            raise BadPriceFile(file=path, why="it holds no bar")
        times = frame["ts"].cast(pl.Int64).to_numpy()
        prices = {
            name: frame[name].cast(pl.Float64).to_numpy()
            for name in ("open", "high", "low", "close", "volume")
        }
    except (pl.exceptions.PolarsError, OSError) as broken:
        raise BadPriceFile(file=path, why=str(broken).split("\n")[0][:200]) from broken
    return columns_of(times, prices, interval_s, str(path))


def columns_of(
    times: Ints, floats: dict[str, NDArray[np.float64]], interval_s: int, name: str
) -> Columns:
    """Checks and converts. Raises BadPriceFile where bars are unsorted, off the interval, or impossible."""
    why = _fault(times, floats, interval_s)
    if why:
        raise BadPriceFile(file=name, why=why)
    prices = np.concatenate([floats[n] for n in ("open", "high", "low", "close")])
    price_digits = infer_digits(prices, fallback=_significant(prices))
    volume_digits = infer_digits(floats["volume"], fallback=DIGITS_MAX)
    o, h, lo, c = (to_counts(floats[n], price_digits) for n in ("open", "high", "low", "close"))
    volume = to_counts(floats["volume"], volume_digits)
    return Columns(
        interval_s, times.astype(np.int64), o, h, lo, c, volume, price_digits, volume_digits
    )


def _fault(times: Ints, floats: dict[str, NDArray[np.float64]], interval_s: int) -> str:
    if not all(np.isfinite(column).all() for column in floats.values()):
        return "a value is missing or not finite"
    if (np.diff(times) <= 0).any():
        return "its times are not strictly rising"
    if (times % (interval_s * 1000)).any():
        return f"a bar does not open on a multiple of {interval_s} s"
    o, h, lo, c = (floats[n] for n in ("open", "high", "low", "close"))
    if (lo <= 0).any() or (floats["volume"] < 0).any():
        return "a price is not above zero or a volume is below it"
    if (h < np.maximum(o, c)).any() or (lo > np.minimum(o, c)).any():
        return "a high or low does not enclose open and close"
    return ""


def infer_digits(values: NDArray[np.float64], *, fallback: int) -> int:
    """The fewest decimals (0 to 8) that write every value; the fallback where eight do not suffice."""
    top = float(values.max(initial=0.0))
    for digits in range(DIGITS_MAX + 1):
        if top * 10**digits >= _EXACT_MAX:
            return max(digits - 1, 0)
        if not _off(values, digits).any():
            return digits
    while fallback and top * 10**fallback >= _EXACT_MAX:
        fallback -= 1
    return fallback


def to_counts(values: NDArray[np.float64], digits: int) -> Ints:
    """Each value's shortest decimal spelling (`repr`), rounded half to even to `digits` decimals."""
    counts = np.rint(values * 10.0**digits).astype(np.int64)
    unit = Decimal(1).scaleb(-digits)
    for index in np.nonzero(_off(values, digits))[0]:
        spelled = Decimal(repr(float(values[index]))).quantize(unit, ROUND_HALF_EVEN)
        counts[index] = int(spelled.scaleb(digits))
    return counts


def _off(values: NDArray[np.float64], digits: int) -> NDArray[np.bool_]:
    """Which values are not the float64 nearest to a multiple of 10^-digits.

    Such a float is within 2^-53 of its multiple (relative), and the product adds as much again."""
    scaled = values * 10.0**digits
    off: NDArray[np.bool_] = np.abs(scaled - np.rint(scaled)) > scaled * 2.0**-51
    return off


def _significant(prices: NDArray[np.float64]) -> int:
    """Decimals that leave about seven significant digits, for data that came through float32."""
    return min(max(6 - math.floor(math.log10(float(np.median(prices)))), 0), DIGITS_MAX)


def resample(columns: Columns, interval_s: int) -> Columns:
    """Coarser bars, aligned to the epoch in UTC, from those bars that exist.

    The first and the last bucket are left out where the data begins or ends inside of them.
    """
    if interval_s == columns.interval_s:
        return columns
    assert interval_s % columns.interval_s == 0, "only whole multiples can be resampled"
    width = interval_s * 1000
    first = -(-int(columns.times[0]) // width) * width
    end = (int(columns.times[-1]) + columns.interval_s * 1000) // width * width
    inner = columns.between(first, end - 1)
    buckets = inner.times // width * width
    starts = np.nonzero(np.diff(buckets, prepend=buckets[:1] - 1))[0]
    if not len(starts):
        return replace(inner, interval_s=interval_s)
    ends = np.append(starts[1:], len(buckets)) - 1
    return Columns(
        interval_s, buckets[starts], inner.open[starts], np.maximum.reduceat(inner.high, starts),
        np.minimum.reduceat(inner.low, starts), inner.close[ends], np.add.reduceat(inner.volume, starts),
        columns.price_digits, columns.volume_digits,
    )  # fmt: skip


def join(earlier: Columns, later: Columns) -> Columns | None:
    """One series of two; None where they differ in open, high, low or close of a bar both have."""
    price_digits = max(earlier.price_digits, later.price_digits)
    volume_digits = max(earlier.volume_digits, later.volume_digits)
    a, b = (c.with_digits(price_digits, volume_digits) for c in (earlier, later))
    _, in_a, in_b = np.intersect1d(a.times, b.times, assume_unique=True, return_indices=True)
    for name in ("open", "high", "low", "close"):
        if (getattr(a, name)[in_a] != getattr(b, name)[in_b]).any():
            return None
    fresh = np.ones(len(b), dtype=bool)
    fresh[in_b] = False
    times, o, h, lo, c, v = (
        np.concatenate([getattr(a, n), getattr(b, n)[fresh]])
        for n in ("times", "open", "high", "low", "close", "volume")
    )
    both = Columns(a.interval_s, times, o, h, lo, c, v, price_digits, volume_digits)
    return both.rows(np.argsort(both.times, kind="stable"))
