"""Does choosing the best trial find one that is good elsewhere? Combinatorially symmetric cross-validation.

The record of T periods is cut into S blocks. For each of the C(S, S/2) ways to take half of them, the trial with the
best Sharpe ratio on that half is chosen, and its rank among the N trials on the other half is asked: rank 1 is the
worst, ties stand in the middle, w = rank / (N + 1), logit = ln(w / (1 − w)). The probability of overfitting is the
share of logits at or below zero (Bailey, Borwein, Lopez de Prado and Zhu 2017, The probability of backtest
overfitting, Journal of Computational Finance 20:4).

A half's ratios follow from its blocks' sums and sums of squares, so the halves are products of small matrices.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from arena.signals.lab.luck.given import deviations, moved, table
from arena.signals.lab.luck.model import BadReturns, BadTerms, Floats, Overfitting

BLOCKS_MAX = 20
CELLS_AT_ONCE = 1 << 20
"""Ratios in memory at once, of each half; eight bytes each, some ten such arrays."""


def backtest_overfitting(matrix: ArrayLike, blocks: int = 16) -> Overfitting:
    """Of the search among these trials. `matrix`: net returns as fractions, periods by trials, all that were tried.

    A trial without a move on a half has the ratio zero there. Needs two trials and two periods a block; blocks are
    even, and where periods do not divide evenly some are one longer. Raises BadReturns and BadTerms.
    """
    if blocks % 2 or not 2 <= blocks <= BLOCKS_MAX:
        raise BadTerms(name="blocks", value=blocks, allowed=f"an even number, 2 to {BLOCKS_MAX}")
    given = table(matrix, periods_min=2 * blocks)
    if given.shape[1] < 2:
        raise BadReturns(why="one trial is no choice; give all that were tried")
    sums = _Sums.of(given, blocks)
    halves = np.array(list(combinations(range(blocks), blocks // 2)))
    taken = np.zeros((len(halves), blocks))
    np.put_along_axis(taken, halves, 1.0, axis=1)
    at_once = max(1, CELLS_AT_ONCE // given.shape[1])
    parts = [
        _judge(sums, taken[start : start + at_once]) for start in range(0, len(taken), at_once)
    ]
    ranks, inside, outside = (np.concatenate([part[place] for part in parts]) for place in range(3))
    shares = ranks / (given.shape[1] + 1)
    logits = np.log(shares / (1 - shares))
    return Overfitting(
        probability=float(np.mean(logits <= 0)),
        slope=_slope(inside, outside),
        loss=float(np.mean(outside < 0)),
        logits=logits,
        inside=inside,
        outside=outside,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """By block and trial: sums and sums of squares of returns that were centred and scaled by trial, so that nothing
    cancels; `shift` is the mean that was taken off, in the same scale."""

    counts: Floats
    sums: Floats
    squares: Floats
    shift: Floats

    @classmethod
    def of(cls, matrix: Floats, blocks: int) -> Self:
        deviation = deviations(matrix)
        live = moved(matrix, deviation)
        scale = np.where(live, deviation, 1.0)
        mean = matrix.mean(axis=0)
        edges = np.linspace(0, len(matrix), blocks + 1).round().astype(np.int64)
        sums = np.empty((blocks, matrix.shape[1]))
        squares = np.empty_like(sums)
        for place in range(blocks):
            block = (matrix[edges[place] : edges[place + 1]] - mean) / scale
            block[:, ~live] = 0.0
            sums[place] = block.sum(axis=0)
            squares[place] = np.einsum("ij,ij->j", block, block)
        counts = np.diff(edges).astype(np.float64)
        return cls(counts, sums, squares, np.where(live, mean / scale, 0.0))

    def ratios(self, taken: Floats) -> Floats:
        """Of every trial on each of these choices of blocks (choices by blocks, ones where taken)."""
        count = (taken @ self.counts)[:, None]
        mean = taken @ self.sums / count
        variance = (taken @ self.squares - count * mean**2) / (count - 1)
        mean += self.shift
        varies = variance > 1e-10
        out: Floats = np.zeros_like(mean)
        np.sqrt(variance, out=variance, where=varies)
        np.divide(mean, variance, out=out, where=varies)
        return out


def _judge(sums: _Sums, taken: Floats) -> tuple[Floats, Floats, Floats]:
    """For each choice of blocks: the rank elsewhere of its best trial, and that one's ratios inside and outside."""
    inside, outside = sums.ratios(taken), sums.ratios(1.0 - taken)
    best = inside.argmax(axis=1)
    rows = np.arange(len(taken))
    reached = outside[rows, best]
    below = np.count_nonzero(outside < reached[:, None], axis=1)
    alike = np.count_nonzero(outside == reached[:, None], axis=1)  # itself among them
    ranks: Floats = below + (alike + 1) / 2
    return ranks, inside[rows, best], reached


def _slope(inside: Floats, outside: Floats) -> float | None:
    """Of the least-squares line."""
    off = inside - inside.mean()
    spread = float(off @ off)
    return float(off @ outside) / spread if spread > 1e-18 else None
