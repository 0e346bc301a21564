"""Where one series is above or below another by more than a band, compiled: one pass where NumPy makes eight."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@njit(cache=True)
def crossings(fast: Floats, slow: Floats, band_bps: int) -> tuple[Floats, Floats]:
    """One where `fast` is above `slow` by more than the band, a share of `slow`, and zero where it is below by more;
    NaN elsewhere."""
    above, below = np.empty(len(fast)), np.empty(len(fast))
    for t in range(len(fast)):
        band = slow[t] * band_bps / 10_000
        above[t] = 1.0 if fast[t] > slow[t] + band else np.nan
        below[t] = 0.0 if fast[t] < slow[t] - band else np.nan
    return above, below
