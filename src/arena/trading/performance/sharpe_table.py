"""Sharpe ratios of thousands of records at once: the formulas of `sharpe.py`, a row of a matrix for each record. Pure.

A board of ten thousand accounts takes a tenth of the time this way. Rows are filled up with nothing to the length of
the longest of their block; deviations from the mean are nothing there too, so sums over a row do not see it.
"""

from collections.abc import Sequence
from math import sqrt

import numpy as np

from arena.trading.performance.returns import Floats
from arena.trading.performance.sharpe import DAYS_MIN, PERIODS, SD_MIN, Z_95, Sharpe

_BLOCK = 512


def sharpe_table(records: Sequence[Floats]) -> list[tuple[Sharpe, float | None]]:
    """Of each record of daily returns its ratio, and the standard deviation of a day; in their order."""
    found: list[tuple[Sharpe, float | None]] = [(Sharpe(None), None)] * len(records)
    by_length = sorted(range(len(records)), key=lambda place: len(records[place]))
    for start in range(0, len(by_length), _BLOCK):
        places = by_length[start : start + _BLOCK]
        for place, figures in zip(places, _block([records[i] for i in places]), strict=True):
            found[place] = figures
    return found


def _block(records: Sequence[Floats]) -> list[tuple[Sharpe, float | None]]:
    counts = np.array([len(record) for record in records])
    width = int(counts.max(initial=0))
    inside = np.arange(width) < counts[:, None]
    returns = np.zeros(inside.shape)
    returns[inside] = np.concatenate([*records, np.empty(0)])
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = returns.sum(axis=1) / counts
        off = np.where(inside, returns - mean[:, None], 0.0)
        squares = (off * off).sum(axis=1)
        deviation = np.sqrt(squares / (counts - 1))
        daily = mean / deviation
        variance = _sampling_variance(off, squares, counts=counts, daily=daily)
    varies = (counts >= 2) & (deviation >= SD_MIN)
    bounded = varies & (counts >= DAYS_MIN) & (variance > 0)
    reach = Z_95 * np.sqrt(np.where(bounded, variance, 0.0))
    year = sqrt(PERIODS)
    return [
        (Sharpe(None), None) if not varied
        else (Sharpe(ratio * year), spread) if not known
        else (Sharpe(ratio * year, (ratio - error) * year, (ratio + error) * year), spread)
        for varied, known, ratio, error, spread in zip(
            *(column.tolist() for column in (varies, bounded, daily, reach, deviation)), strict=True
        )
    ]  # fmt: skip


def _sampling_variance(off: Floats, squares: Floats, *, counts: Floats, daily: Floats) -> Floats:
    spread = squares / counts
    square = off * off  # powers of a matrix are slow, products are not
    skew = (square * off).sum(axis=1) / counts / spread**1.5
    kurtosis = (square * square).sum(axis=1) / counts / spread**2
    r = (off[:, 1:] * off[:, :-1]).sum(axis=1) / squares * counts / (counts + 100)
    a = (1 + r) / (1 - r)
    b = 1 + r / (1 - r) + r**2 / (1 - r**2)
    c = 1 + 2 * r**2 / (1 - r**2)
    out: Floats = (a - b * skew * daily + c * (kurtosis - 1) / 4 * daily**2) / counts
    return out
