"""Does any of many trials beat the benchmark? Hansen's test of superior predictive ability, White's reality check.

d_k are the differences of trial k's return and the benchmark's, the trial at the benchmark's volatility, divided by
their standard deviation. The statistic is the largest mean d_k; its distribution if no trial is better comes from the
stationary bootstrap, in which the same draws of periods hold for all trials, so that what they share stays shared.
Hansen 2005, A test for superior predictive ability, Journal of Business & Economic Statistics 23:365-380. The three
p-values differ in which trials the draws are centred for: `upper` for all, `consistent` for those above −√(2·ln ln T)
standard errors, `lower` for those above zero. The reality check (White 2000, Econometrica 68:1097-1126) takes returns
as they are and centres for all.

Hansen divides by an estimate of the long-run deviation. Its noise goes into the maximum, but not into the draws: of 200
sets of 200 trials without skill it called 13 % significant at 5 % (1,000 periods, blocks of √T), the plain standard
deviation 4 %. So the long-run one only says here which trials are too poor to be centred for.

Draws come from `arch.bootstrap.StationaryBootstrap`. A drawn mean is a count of how often each period was drawn times
the differences, so that ten thousand trials are one product of matrices; p-values are those of `arch.bootstrap.SPA` for
the same losses.
"""

from collections.abc import Iterator
from math import cbrt, log, sqrt

import numpy as np
from numpy.typing import ArrayLike

from arena.signals.lab.luck.given import deviations, living, moved, series, table, within
from arena.signals.lab.luck.model import BadReturns, Floats, SuperiorAbility

DRAWS_AT_ONCE = 64
BLOCK_TRIALS = 50  # are asked for the memory of their returns, spread over all
PERIODS_MIN = 30


def superior_ability(
    matrix: ArrayLike,
    *,
    seed: int,
    benchmark: ArrayLike | None = None,
    block_periods: int | None = None,
    repetitions: int = 1000,
) -> SuperiorAbility | None:
    """Of these trials over the benchmark; None where no difference ever moves.

    `matrix`: net returns as fractions, periods by trials; `benchmark`: its returns over the same periods, zero where
    none is given. `block_periods` is the mean length of the stretches drawn, which should be longer than returns
    remember; where not given, ∛T or what nine in ten trials need by the rule of Patton, Politis and White 2009,
    whichever is longer (with √T and 250 periods, 13 % of noise is significant at 10 %). Trials that never moved are
    left out. Raises BadReturns and BadTerms.
    """
    returns = table(matrix, periods_min=PERIODS_MIN)
    periods = len(returns)
    within("repetitions", repetitions, 100, 100_000)
    against = _benchmark(periods, benchmark)
    scaled = _scaled(returns, against)
    live = moved(scaled, deviations(scaled))
    if not live.any():
        return None
    raw, scaled = living(returns, live), living(scaled, live)
    block = _block(scaled) if block_periods is None else block_periods
    within("block_periods", block, 1, periods)
    found, plain = scaled.mean(axis=0), raw.mean(axis=0) - against.mean()
    error = np.sqrt(long_run_variance(scaled, block) / periods)
    close = found >= -sqrt(2 * log(log(periods))) * error
    centres = (np.maximum(found, 0.0), np.where(close, found, 0.0), found)
    above = np.zeros(4)
    for counts in _drawn_counts(periods, block, repetitions, seed=seed):
        drawn = counts @ scaled / periods
        for place, centre in enumerate(centres):
            above[place] += np.count_nonzero((drawn - centre).max(axis=1) > found.max())
        drawn = (counts @ raw - (counts @ against)[:, None]) / periods
        above[3] += np.count_nonzero((drawn - plain).max(axis=1) > plain.max())
    lower, consistent, upper, reality = (above / repetitions).tolist()
    best = int(np.flatnonzero(live)[found.argmax()])
    return SuperiorAbility(lower, consistent, upper, reality, best, block, repetitions)


def long_run_variance(differences: Floats, block_periods: float) -> Floats:
    """Of each column: the variance of √T times the mean that the stationary bootstrap draws (Politis and Romano 1994,
    Journal of the American Statistical Association 89:1303-1313), from all its autocovariances."""
    periods, go_on = len(differences), 1 - 1 / block_periods
    lags = np.arange(1, periods)
    share = lags / periods
    kernel = np.concatenate(
        ([1.0], 2 * ((1 - share) * go_on**lags + share * go_on ** (periods - lags)))
    )
    mean = differences.mean(axis=0)
    size = 1 << (2 * periods - 1).bit_length()
    out = np.empty(differences.shape[1])
    for start in range(0, len(out), DRAWS_AT_ONCE):  # the transform of all at once would be large
        some = slice(start, start + DRAWS_AT_ONCE)
        power = np.abs(np.fft.rfft(differences[:, some] - mean[some], size, axis=0)) ** 2
        out[some] = kernel @ np.fft.irfft(power, size, axis=0)[:periods] / periods
    return np.maximum(out, 0.0)


def _benchmark(periods: int, benchmark: ArrayLike | None) -> Floats:
    against = np.zeros(periods) if benchmark is None else series(benchmark)
    if len(against) != periods:
        raise BadReturns(why=f"the benchmark has {len(against)} periods, the trials {periods}")
    return against


def _scaled(returns: Floats, against: Floats) -> Floats:
    """Trial at the benchmark's volatility less benchmark, over the difference's own deviation; zero for a trial that
    never moved."""
    own = deviations(returns)
    live = moved(returns, own)
    level = float(against.std(ddof=1)) or 1.0
    out = returns * np.where(live, level / np.where(live, own, 1.0), 0.0)
    out[:, live] -= against[:, None]
    own = deviations(out)
    out *= np.where(moved(out, own), 1.0 / np.where(own > 0, own, 1.0), 0.0)
    return out


def _block(differences: Floats) -> int:
    from arch.bootstrap import optimal_block_length

    periods, trials = differences.shape
    some = np.unique(np.linspace(0, trials - 1, BLOCK_TRIALS).round().astype(np.int64))
    found = optimal_block_length(differences[:, some])["stationary"].to_numpy()
    needed = float(np.quantile(found[np.isfinite(found)], 0.9)) if np.isfinite(found).any() else 1.0
    block: int = min(max(round(needed), round(cbrt(periods))), periods)
    return block


def _drawn_counts(periods: int, block: int, repetitions: int, *, seed: int) -> Iterator[Floats]:
    """How often each draw of the bootstrap holds each period, some draws at once."""
    from arch.bootstrap import StationaryBootstrap

    draws = StationaryBootstrap(block, np.arange(periods), seed=seed).bootstrap(repetitions)
    for start in range(0, repetitions, DRAWS_AT_ONCE):
        counts = np.empty((min(DRAWS_AT_ONCE, repetitions - start), periods))
        for row in counts:
            (drawn,), _ = next(draws)
            row[:] = np.bincount(drawn, minlength=periods)
        yield counts
