"""Is the best of many trials better than luck alone would be? The deflated Sharpe ratio, and how many trials count.

DSR = PSR(s0*), s0* = deviation · E[max], E[max] = (1 − γ)·Φ⁻¹(1 − 1/N) + γ·Φ⁻¹(1 − 1/(N·e)), γ = 0.5772 (Bailey and
Lopez de Prado 2014, The deflated Sharpe ratio, Journal of Portfolio Management 40:5). E[max] is what the largest of N
independent normal draws is expected to be.

N are the independent trials that those made amount to: the effective rank of their correlation matrix, e to the
entropy of its eigenvalues' shares (Roy and Vetterli 2007, The effective rank). A matrix of N trials over T periods is
noisy, and noise looks like correlation; so it is first shrunk towards the identity by the rule of Ledoit and Wolf 2004,
A well-conditioned estimator for large-dimensional covariance matrices, Journal of Multivariate Analysis 88:365-411.
Where only the count of trials is known, it amounts to count^0.75.

The deviation of trials' ratios is kept between once and 1.2 times the sampling error of a ratio without skill. Below,
because trials that resemble each other show less spread than chance has; above, because in a pool of trials true skill
widens it, and the bar would rise for everyone.

The threshold is what the luckiest trial is expected to show. The largest of many draws is skewed, so it stays under its
mean with probability exp(−exp(−γ)) = 0.57: about two in five lucky winners lie above, whatever N. DSR over 0.95 is the
claim of skill; 0.6 is not skill. The chance that the luckiest of N does as well is 1 − PSR(0)^N.

Who wants lucky winners under one half nearly always takes a quantile of the maximum instead of its mean: N draws stay
under deviation · Φ⁻¹(0.95^(1/N)) in 95 of 100 searches (Sidak 1967, Rectangular confidence regions for the means of
multivariate normal distributions, Journal of the American Statistical Association 62:626-633; Lopez de Prado, Lipton
and Zoonekynd 2025 set the level of one test among K by it). That is `strict`. It is stricter with a single trial, too,
which luck never chose; so it stands beside the ratio and is not put in its place.
"""

from math import e

import numpy as np
from numpy.typing import ArrayLike

from arena.signals.lab.luck.given import deviations, living, moved, ratios, series, table, within
from arena.signals.lab.luck.model import BadReturns, BadTerms, Deflated, Floats, TrialSet
from arena.signals.lab.luck.probabilistic import NORMAL, probabilistic_sharpe, standard_error
from arena.trading.performance import Moments, moments

EULER_GAMMA = float(np.euler_gamma)
COUNT_POWER = 0.75
DEVIATION_MAX = 1.2
FAMILY_LEVEL = 0.95
RANK_MAX = 6_000
"""Of periods or of trials, whichever are fewer: the matrix whose eigenvalues are asked for has that many rows."""


def deflated_sharpe(
    returns: ArrayLike | Moments, trials: TrialSet, *, bounded: bool = True
) -> Deflated:
    """The deflated Sharpe ratio of the trial chosen from `trials`, this one among them.

    `returns`: its net returns by period, as fractions, or their moments. `bounded=False` takes the trials' deviation as
    it is. Raises BadReturns and BadTerms.
    """
    within("trials", trials.effective, 1, 1e12)
    found = returns if isinstance(returns, Moments) else moments(series(returns))
    chance = None if found is None else standard_error(found, 0.0, form="threshold")
    single = None if found is None else probabilistic_sharpe(found)
    if found is None or chance is None or single is None:
        return Deflated(None, None, None, trials.effective, None)
    deviation = chance if trials.deviation is None else trials.deviation
    if bounded:
        deviation = min(max(deviation, chance), DEVIATION_MAX * chance)
    threshold = deviation * expected_maximum(trials.effective)
    bar = deviation * maximum_quantile(trials.effective, FAMILY_LEVEL)
    return Deflated(
        probabilistic_sharpe(found, threshold),
        threshold,
        1.0 - single**trials.effective,
        trials.effective,
        deviation,
        probabilistic_sharpe(found, bar),
        bar,
    )


def expected_maximum(count: float) -> float:
    """What the largest of `count` independent standard normal draws is expected to be; zero for one.

    Raises BadTerms.
    """
    within("count", count, 1, 1e12)
    if count == 1:
        return 0.0
    upper = NORMAL.inv_cdf(1 - 1 / count)
    beyond = NORMAL.inv_cdf(1 - 1 / (count * e))
    return max(0.0, (1 - EULER_GAMMA) * upper + EULER_GAMMA * beyond)


def maximum_quantile(count: float, level: float) -> float:
    """What the largest of `count` independent standard normal draws stays under with probability `level`.

    Raises BadTerms.
    """
    within("count", count, 1, 1e12)
    within("level", level, 1e-9, 1 - 1e-9)
    return NORMAL.inv_cdf(level ** (1 / count))


def trial_set(matrix: ArrayLike | None = None, *, registered: int | None = None) -> TrialSet:
    """The trials of a family: those whose returns are known (periods by trials), and how many were registered in all.

    Those that are only counted are taken to resemble each other as the rule for counts has it. Raises BadReturns and
    BadTerms.
    """
    if matrix is None:
        if registered is None:
            raise BadTerms(
                name="registered", value=None, allowed="the count of trials, or their returns"
            )
        return TrialSet(registered, effective_count(registered))
    known = table(matrix)
    count = known.shape[1]
    if registered is not None and registered < count:
        raise BadReturns(why=f"there are {count} trials of which {registered} are registered")
    everything = registered or count
    effective = min(effective_trials(known) * effective_count(everything / count), everything)
    found = ratios(known)
    return TrialSet(everything, effective, float(found.std(ddof=1)) if count > 1 else None)


def effective_count(count: float) -> float:
    """The independent trials that `count` trials of one family amount to where only the count is known. Raises
    BadTerms."""
    within("count", count, 1, 1e12)
    return float(count**COUNT_POWER)


def effective_trials(matrix: ArrayLike) -> float:
    """The independent trials that these amount to, from 1 to their count. `matrix`: returns, periods by trials.

    Trials that never moved count for nothing. Time and memory follow the smaller side of the matrix, which may have
    `RANK_MAX`. Raises BadReturns and BadTerms.
    """
    given = table(matrix)
    live = living(given, moved(given, deviations(given)))
    periods, trials = live.shape
    if trials < 2:
        return 1.0
    within("periods or trials, whichever are fewer", min(periods, trials), 2, RANK_MAX)
    scaled = live - live.mean(axis=0)
    scaled /= np.sqrt(np.einsum("ij,ij->j", scaled, scaled) / periods)
    values = _shrunk_eigenvalues(scaled)
    missing = trials - len(values[0])
    shares = values[0] / trials
    rest = values[1] / trials  # what each direction has that the record does not span
    entropy = -float(np.sum(shares * np.log(shares, where=shares > 0, out=np.zeros_like(shares))))
    if missing and rest > 0:
        entropy -= missing * rest * float(np.log(rest))
    return min(max(float(np.exp(entropy)), 1.0), float(trials))


def _shrunk_eigenvalues(scaled: Floats) -> tuple[Floats, float]:
    """Of the correlation matrix of columns of mean zero and variance one: the eigenvalues that the record spans, and
    the one of all other directions. Notation of Ledoit and Wolf; norms are divided by the count of trials."""
    periods, trials = scaled.shape
    wide = trials > periods
    gram = (scaled @ scaled.T if wide else scaled.T @ scaled) / periods
    squares = float(
        np.sum(gram**2)
    )  # of the correlation matrix, too: both have the same eigenvalues
    # Σ over t of |x x' − S|² = Σ |x|⁴ − 2 x'Sx + |S|², and Σ x'Sx = T·|S|².
    lengths = np.einsum("ij,ij->i", scaled, scaled)
    scatter = (float(np.sum(lengths**2)) - periods * squares) / periods**2 / trials
    distance = (squares - trials) / trials
    shrinkage = min(max(scatter / distance, 0.0), 1.0) if distance > 0 else 1.0
    values = np.clip(np.linalg.eigvalsh(gram), 0.0, None)
    return (1 - shrinkage) * values + shrinkage, shrinkage
