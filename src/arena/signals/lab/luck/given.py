"""What is given, checked: returns as finite arrays, terms within their bounds."""

import numpy as np
from numpy.typing import ArrayLike

from arena.signals.lab.luck.model import BadReturns, BadTerms, Floats


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
    mean, deviation = matrix.mean(axis=0), matrix.std(axis=0, ddof=1)
    out: Floats = np.zeros(matrix.shape[1])
    np.divide(mean, deviation, out=out, where=moved(matrix, deviation))
    return out


def moved(matrix: Floats, deviation: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which columns vary by more than the dust of floating point."""
    size = np.abs(matrix).max(axis=0, initial=0.0)
    found: np.ndarray[tuple[int], np.dtype[np.bool_]] = deviation > 1e-12 * np.maximum(size, 1e-12)
    return found
