"""Would a trader who knows nothing, but trades as often and holds as long, have done as well? Null twins.

A series of weights by bar falls into spells: flat ones, and holdings between two flat ones (with whatever changes of
weight are inside). A twin has the same spells in another order, holdings among holdings and flat spells among flat
ones, each order as likely as any other. So exposure, number of trades, turnover and the lengths of all spells are the
same; only when to be in is left to chance. A permutation test: Fisher 1935, The design of experiments; for trading
rules Aronson 2006, Evidence-based technical analysis, chapter 6.
"""

from math import factorial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from arena.signals.lab.luck.given import series, within
from arena.signals.lab.luck.model import BadReturns, Floats

Whole = NDArray[np.int64]
CELLS_MAX = 1 << 28


def twin_plans(
    weights: NDArray[Any], count: int = 200, *, seed: int, since: int = 0
) -> NDArray[Any]:
    """That many twins of a series, twins by bars, in the type of the series.

    `weights`: wanted weight by bar, one dimension, zero where flat. Bars before `since` stay as they are, with the
    holding that is open then: a strategy that had no indicators yet did not choose to be out. If the series ends in a
    holding, a twin ends in one of the same last weight, whose sale is missing in both. With few spells there are few
    orders (`orders`), and twins repeat. Raises BadReturns and BadTerms.
    """
    if weights.ndim != 1 or not len(weights) or not np.isfinite(weights).all():
        raise BadReturns(why="weights are one finite number a bar")
    within("since", since, 0, len(weights))
    within("count", count, 1, CELLS_MAX // len(weights))
    since = _after_open(weights, since)
    starts, lengths, held = _spells(weights[since:])
    chance = np.random.default_rng(seed)
    out = np.empty((count, len(weights)), dtype=weights.dtype)
    out[:, :since] = weights[:since]
    places = np.arange(len(weights) - since)
    holdings, flats = np.flatnonzero(held), np.flatnonzero(~held)
    last_weight = weights[since:][starts + lengths - 1]
    for twin in out:
        order = np.empty(len(starts), dtype=np.int64)
        order[flats] = chance.permutation(flats)
        order[holdings] = chance.permutation(holdings)
        if len(held) and held[-1]:
            _end_alike(order, holdings, last_weight, chance)
        took = lengths[order]
        ends = np.cumsum(took)
        twin[since:] = weights[since:][np.repeat(starts[order] - (ends - took), took) + places]
    return out


def orders(weights: NDArray[Any], *, since: int = 0) -> int:
    """How many orders of its spells there are, those that look alike counted apart: under a few hundred of them twins
    tell little."""
    _, _, held = _spells(weights[_after_open(weights, since) :])
    count = int(np.count_nonzero(held))
    return factorial(min(count, 20)) * factorial(min(len(held) - count, 20))


def percentile_among(value: float, twins: ArrayLike) -> float | None:
    """The share of the twins' figures below this one, ties counted half: 0 to 1, 0.5 for one like them. None where a
    figure is missing (no twins, or not a number)."""
    found = np.asarray(twins, dtype=np.float64)
    if not len(found) or not np.isfinite(found).all() or not np.isfinite(value):
        return None
    return float(np.mean(found < value) + np.mean(found == value) / 2)


def chance_among(value: float, twins: ArrayLike) -> float | None:
    """The chance that a trader who knows nothing does at least as well: (1 + twins that do) / (1 + twins), never zero
    (Davison and Hinkley 1997, Bootstrap methods and their application, section 4.2)."""
    found = np.asarray(twins, dtype=np.float64)
    if not len(found) or not np.isfinite(found).all() or not np.isfinite(value):
        return None
    return float((1 + np.count_nonzero(found >= value)) / (1 + len(found)))


def quick_returns(weights: NDArray[Any], bar_returns: ArrayLike, *, fee_bps: float) -> Floats:
    """Net returns by bar of holding these weights, for a first look: no ticks, steps, spread or impact.

    The weight wanted at the close of a bar is held over the next one; each change costs `fee_bps` of what is moved, at
    that close. `weights`: bars, or series by bars; `bar_returns`: from close to close as fractions, the first of them
    from before the first weight. Same shape as `weights`.
    """
    moves = series(bar_returns)
    if weights.shape[-1] != len(moves):
        raise BadReturns(why=f"{weights.shape[-1]} weights do not fit {len(moves)} returns")
    held = np.zeros(weights.shape)
    held[..., 1:] = weights[..., :-1]
    out: Floats = held * moves
    held[..., 1:] -= weights[..., 1:]
    held[..., 0] -= weights[..., 0]
    out -= np.abs(held) * (fee_bps / 10_000)
    return out


def _after_open(weights: NDArray[Any], since: int) -> int:
    """The end of the holding that is open at `since`; `since` itself where none is."""
    if since == 0 or weights[since - 1] == 0:
        return since
    flat = np.flatnonzero(weights[since:] == 0)
    return since + int(flat[0]) if len(flat) else len(weights)


def _spells(weights: NDArray[Any]) -> tuple[Whole, Whole, NDArray[np.bool_]]:
    """Where each begins, how long it is, whether something is held."""
    held = weights != 0
    starts = np.flatnonzero(np.concatenate(([True], held[1:] != held[:-1])))
    starts = starts[: len(weights)]
    lengths = np.diff(np.append(starts, len(weights)))
    return starts.astype(np.int64), lengths.astype(np.int64), held[starts]


def _end_alike(
    order: Whole, holdings: Whole, last_weight: NDArray[Any], chance: np.random.Generator
) -> None:
    """Puts at the end a holding that ends at the weight the series ended at, each such one as likely."""
    alike = np.flatnonzero(last_weight[order[holdings]] == last_weight[holdings[-1]])
    place = holdings[int(chance.choice(alike))]
    order[place], order[-1] = order[-1], order[place]
