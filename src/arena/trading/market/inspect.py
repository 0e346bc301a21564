"""How good a file of candles is: gaps, duplicates, outliers, bars without volume, bars that cannot be."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arena.trading.market.model import BadPriceFile

OUTLIER_MOVES = 50
OUTLIER_MIN = 0.01


@dataclass(frozen=True, slots=True)
class Quality:
    """Counts of bars, but `gaps` counts breaks and `missing` the bars that would fill them.

    `impossible` bars have a value that is missing, not positive, or outside of high and low. `outliers` are bars whose
    high or low lies farther from the closes before and after than fifty times the median move from close to close, and
    than 1 %: a slip of the recording, or a very wild moment. Gaps, outliers and bars without volume happen on real
    exchanges and are played as they are; the other faults keep a file from being played.
    """

    bars: int
    first_ms: int
    last_ms: int
    gaps: int
    missing: int
    gap_bars_max: int
    duplicates: int
    unsorted: int
    misaligned: int
    zero_volume: int
    impossible: int
    outliers: int = 0

    @property
    def playable(self) -> bool:
        return not (self.duplicates or self.unsorted or self.misaligned or self.impossible)


def quality(path: Path, interval_s: int) -> Quality:
    """Reads the file as it is, faults and all. Raises BadPriceFile where it is no candle file."""
    import polars as pl

    names = ["open", "high", "low", "close", "volume"]
    try:
        frame = pl.read_parquet(path, columns=["ts", *names])
        times = frame["ts"].cast(pl.Int64).fill_null(0).to_numpy()
        o, h, low, c, v = (frame[name].cast(pl.Float64).to_numpy() for name in names)
    except (pl.exceptions.PolarsError, OSError) as broken:
        raise BadPriceFile(file=path, why=str(broken).split("\n")[0][:200]) from broken
    if not len(times):
        raise BadPriceFile(file=path, why="it holds no bar")
    width = interval_s * 1000
    known = np.unique(times)
    jumps = np.diff(known)
    skipped = jumps[jumps > width] // width - 1
    possible = np.isfinite([o, h, low, c, v]).all(axis=0)
    with np.errstate(invalid="ignore"):
        possible &= (low > 0) & (v >= 0) & (h >= np.maximum(o, c)) & (low <= np.minimum(o, c))
    return Quality(
        bars=len(times), first_ms=int(known[0]), last_ms=int(known[-1]),
        gaps=len(skipped), missing=int(skipped.sum()), gap_bars_max=int(skipped.max(initial=0)),
        duplicates=len(times) - len(known), unsorted=int((np.diff(times) < 0).sum()),
        misaligned=int((times % width != 0).sum()), zero_volume=int((v == 0).sum()),
        impossible=int((~possible).sum()), outliers=_outliers(h[possible], low[possible], c[possible]),
    )  # fmt: skip


def _outliers(high: NDArray[Any], low: NDArray[Any], close: NDArray[Any]) -> int:
    if len(close) < 3:
        return 0
    moves = np.abs(np.diff(np.log(close)))
    moved = moves[moves > 0]
    far = max(OUTLIER_MIN, OUTLIER_MOVES * np.median(moved)) if len(moved) else OUTLIER_MIN
    before, after = close[:-2], close[2:]
    above = np.log(high[1:-1] / np.maximum(before, after)) > far
    below = np.log(np.minimum(before, after) / low[1:-1]) > far
    return int((above | below).sum())
