"""How far a figure would move if the same days had come in another order: intervals by the stationary bootstrap.

Stretches of the record of random length are drawn and joined (Politis and Romano 1994, The stationary bootstrap,
Journal of the American Statistical Association 89:1303-1313) by `arch.bootstrap.StationaryBootstrap`; where no mean
length is given it is that of Patton, Politis and White 2009, Econometric Reviews 28:372-375 (`optimal_block_length`).
The interval is what the middle of the resampled figures spans (percentile method), widened to hold the figure itself.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from arena.signals.lab.luck.given import series, within
from arena.signals.lab.luck.model import Floats, ResampledInterval
from arena.trading.performance import moments

Figure = Literal["sharpe", "drawdown"]
CELLS_AT_ONCE = 1 << 20


def bootstrap_interval(
    returns: ArrayLike,
    figure: Figure,
    *,
    seed: int,
    confidence: float = 0.95,
    repetitions: int = 1000,
    block_periods: float | None = None,
) -> ResampledInterval | None:
    """Around the Sharpe ratio of a period, or around the deepest fall from a high, a fraction.

    `returns`: net, as fractions. None for fewer than ten or where they never vary. Drawdowns of resampled days are
    those that these days could have made in another order. Raises BadReturns and BadTerms.
    """
    given = series(returns)
    within("confidence", confidence, 0.5, 0.999)
    within("repetitions", repetitions, 100, 100_000)
    if moments(given) is None:
        return None
    block = _block(given) if block_periods is None else block_periods
    within("block_periods", block, 1, len(given))
    measure = _MEASURES[figure]
    found = _resampled(given, measure, block=max(1, round(block)), seed=seed, times=repetitions)
    found = found[np.isfinite(found)]
    value = float(measure(given[None, :])[0])
    low, high = np.quantile(found, [(1 - confidence) / 2, (1 + confidence) / 2]).tolist()
    return ResampledInterval(
        value, min(low, value), max(high, value), max(1, round(block)), repetitions
    )


def _block(given: Floats) -> float:
    from arch.bootstrap import optimal_block_length

    found = float(optimal_block_length(given)["stationary"].iloc[0])
    return min(max(found, 1.0), float(len(given))) if np.isfinite(found) else 1.0


def _resampled(
    given: Floats, measure: Callable[[Floats], Floats], *, block: int, seed: int, times: int
) -> Floats:
    from arch.bootstrap import StationaryBootstrap

    draws = StationaryBootstrap(block, np.arange(len(given)), seed=seed).bootstrap(times)
    at_once = max(1, CELLS_AT_ONCE // len(given))
    found = np.empty(times)
    for start in range(0, times, at_once):
        places = np.stack([next(draws)[0][0] for _ in range(min(at_once, times - start))])
        found[start : start + at_once] = measure(given[places])
    return found


def _sharpe(rows: Floats) -> Floats:
    """Of each row; not a number where a draw holds one value only."""
    deviation = rows.std(axis=1, ddof=1)
    out = np.full(len(rows), np.nan)
    np.divide(rows.mean(axis=1), deviation, out=out, where=deviation > 1e-12)
    return out


def _drawdown(rows: Floats) -> Floats:
    """Of each row, from the level one it begins at."""
    levels = np.cumprod(1 + rows, axis=1)
    highs = np.maximum(np.maximum.accumulate(levels, axis=1), 1.0)
    out: Floats = np.max(1 - levels / highs, axis=1).clip(min=0.0)
    return out


_MEASURES: dict[Figure, Callable[[Floats], Floats]] = {"sharpe": _sharpe, "drawdown": _drawdown}
