"""Records of known truth: noise, noise with one edge in it, returns of a known ratio and skew."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def noise(seed: int, *, periods: int = 1000, trials: int = 100, edge: float = 0.0) -> Floats:
    """Trials without skill, a hundredth a period; the first has the true ratio `edge`."""
    found = np.random.default_rng([4711, seed]).standard_normal((periods, trials)) * 0.01
    found[:, 0] += edge * 0.01
    return found


def skewed(seed: int, periods: int, *, ratio: float, sign: int = -1) -> Floats:
    """Gamma returns of skew 1.41 times the sign, kurtosis 6, and a true ratio."""
    draws = np.random.default_rng([4712, seed]).gamma(2.0, 1.0, periods)
    found: Floats = (sign * (draws - 2.0) / np.sqrt(2.0) + ratio) * 0.01
    return found


def best(matrix: Floats) -> Floats:
    """The trial that anyone would show."""
    shown: Floats = matrix[:, int(np.argmax(matrix.mean(axis=0) / matrix.std(axis=0, ddof=1)))]
    return shown
