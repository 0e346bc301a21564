"""What is given, checked: returns as finite arrays, terms within their bounds."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from arena.signals.lab.luck.model import BadReturns, BadTerms, Floats

Bools = NDArray[np.bool_]
COLUMNS_AT_ONCE = 256


def series(returns: ArrayLike) -> Floats:
    """One record as a float64 array. Raises BadReturns."""
    found = np.asarray(returns, dtype=np.float64)
    if found.ndim != 1:
        raise BadReturns(why=f"an array of {found.ndim} dimensions is no single record")
    if not np.isfinite(found).all():
        raise BadReturns(why="one of them is not a number")
    return found


def table(matrix: ArrayLike, *, periods_min: int = 2) -> Floats:
    """Trials side by side as a float64 matrix, periods by trials. Raises BadReturns."""
    found = np.asarray(matrix, dtype=np.float64)
    if found.ndim != 2:
        raise BadReturns(
            why=f"an array of {found.ndim} dimensions is no table of periods by trials"
        )
    periods, trials = found.shape
    if periods < periods_min or not trials:
        raise BadReturns(why=f"{periods} periods of {trials} trials are too few")
    if not np.isfinite(found).all():
        raise BadReturns(why="one of them is not a number")
    return found


def within(name: str, value: float, low: float, high: float) -> None:
    """Both ends included. Raises BadTerms."""
    if not low <= value <= high:
        raise BadTerms(name=name, value=value, allowed=f"a number from {low} to {high}")


def ratios(matrix: Floats) -> Floats:
    """The ratio of a period of each column; zero for one that never moved, which neither won nor lost."""
    mean, deviation = matrix.mean(axis=0), deviations(matrix)
    out: Floats = np.zeros(matrix.shape[1])
    np.divide(mean, deviation, out=out, where=moved(matrix, deviation))
    return out


def deviations(matrix: Floats) -> Floats:
    """The sample's standard deviation of each column; some columns at once, as a sweep's table is large."""
    out = np.empty(matrix.shape[1])
    for start in range(0, len(out), COLUMNS_AT_ONCE):
        some = slice(start, start + COLUMNS_AT_ONCE)
        out[some] = matrix[:, some].std(axis=0, ddof=1)
    return out


def living(matrix: Floats, live: Bools) -> Floats:
    """These columns; the table itself where they are all."""
    return matrix if live.all() else matrix[:, live]


def moved(matrix: Floats, deviation: Floats) -> Bools:
    """Which columns vary by more than the dust of floating point."""
    size = np.maximum(matrix.max(axis=0), -matrix.min(axis=0))
    found: Bools = deviation > 1e-12 * np.maximum(size, 1e-12)
    return found
