"""How much of a result is the place and how much the point: what a configuration's neighbours came to."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import polars as pl


def varied(frame: "pl.DataFrame") -> tuple[str, ...]:
    """The parameters that have more than one value, in their order."""
    end = frame.columns.index("total_return")
    return tuple(name for name in frame.columns[1:end] if frame[name].n_unique() > 1)


def neighbours_median(frame: "pl.DataFrame", metric: str, rows: Sequence[int]) -> dict[int, float]:
    """The median of the metric over those that differ from the row by one value, up or down, in each of the varied
    parameters or fewer of them; the row itself is not among them, and rows without neighbours are left out.

    Where a row stands far above its neighbours its parameters were lucky rather than good.
    """
    names = varied(frame)
    if not names:
        return {}
    ranks = np.stack(
        [np.unique(frame[name].to_numpy(), return_inverse=True)[1] for name in names], axis=1
    )
    values = frame[metric].cast(float).fill_null(np.nan).to_numpy()
    found = {}
    for row in rows:
        near = (np.abs(ranks - ranks[row]) <= 1).all(axis=1) & ~np.isnan(values)
        near[row] = False
        if near.any():
            found[row] = float(np.median(values[near]))
    return found


def along(
    frame: "pl.DataFrame", parameter: str, metric: str
) -> Mapping[int, tuple[float, float, float]]:
    """For each value of the parameter the lower quartile, the median and the upper quartile of the metric over all
    values of the others."""
    values, figures = _known(frame, (parameter,), metric)
    return {
        int(value): tuple(np.quantile(figures[values[:, 0] == value], (0.25, 0.5, 0.75)).tolist())
        for value in np.unique(values[:, 0])
    }


def across(
    frame: "pl.DataFrame", parameters: tuple[str, str], metric: str
) -> Mapping[tuple[int, int], float]:
    """For each pair of values of two parameters the median of the metric over all values of the others."""
    values, figures = _known(frame, parameters, metric)
    order = np.lexsort(values.T[::-1])
    values, figures = values[order], figures[order]
    starts = np.nonzero(np.any(np.diff(values, axis=0, prepend=values[:1] - 1) != 0, axis=1))[0]
    groups = np.split(figures, starts[1:])
    return {
        (int(values[start, 0]), int(values[start, 1])): float(np.median(group))
        for start, group in zip(starts, groups, strict=True)
    }


def _known(
    frame: "pl.DataFrame", parameters: tuple[str, ...], metric: str
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    known = frame.filter(frame[metric].is_not_null())
    return (
        np.stack([known[name].to_numpy() for name in parameters], axis=1),
        known[metric].cast(float).to_numpy(),
    )
