"""Cross-validation over all halves: against a plain loop, on noise, on one true edge, within bounds."""

import tracemalloc
from itertools import combinations, pairwise
from math import log

import numpy as np
import pytest
from scipy import stats

from arena.signals.lab.luck import BadReturns, BadTerms, backtest_overfitting
from tests.signals.lab.luck.noise import Floats, noise


def by_hand(matrix: Floats, blocks: int) -> tuple[list[float], list[float], list[float]]:
    """As the paper tells it: join the blocks, take ratios, choose, rank."""
    edges = np.linspace(0, len(matrix), blocks + 1).round().astype(int)
    parts = [matrix[start:end] for start, end in pairwise(edges)]
    logits, inside, outside = [], [], []
    for taken in combinations(range(blocks), blocks // 2):
        one = np.concatenate([parts[i] for i in taken])
        other = np.concatenate([parts[i] for i in range(blocks) if i not in taken])
        first, second = (half.mean(axis=0) / half.std(axis=0, ddof=1) for half in (one, other))
        chosen = int(first.argmax())
        share = stats.rankdata(second)[chosen] / (matrix.shape[1] + 1)
        logits.append(log(share / (1 - share)))
        inside.append(float(first[chosen]))
        outside.append(float(second[chosen]))
    return logits, inside, outside


@pytest.mark.parametrize(("periods", "blocks"), [(120, 4), (125, 6), (203, 8)])
def test_it_is_what_a_plain_loop_over_halves_finds(periods: int, blocks: int) -> None:
    """Also with periods that do not divide evenly, and with returns far from zero mean."""
    matrix = noise(1, periods=periods, trials=7, edge=0.1) + 0.05
    found = backtest_overfitting(matrix, blocks)
    logits, inside, outside = by_hand(matrix, blocks)
    np.testing.assert_allclose(found.logits, logits, rtol=1e-12)
    np.testing.assert_allclose(found.inside, inside, rtol=1e-9)
    np.testing.assert_allclose(found.outside, outside, rtol=1e-9)
    assert found.probability == np.mean(np.array(logits) <= 0)
    assert found.loss == np.mean(np.array(outside) < 0)
    assert found.slope == pytest.approx(stats.linregress(inside, outside).slope)


def test_sixteen_blocks_give_every_half_once() -> None:
    found = backtest_overfitting(noise(1, periods=320, trials=3))
    assert len(found.logits) == len(found.inside) == len(found.outside) == 12_870


def test_the_best_of_noise_is_as_often_bad_as_good_elsewhere() -> None:
    """Over 30 sets of 100 trials, eight blocks; one set alone may show anything from 0.1 to 0.9."""
    found = [backtest_overfitting(noise(seed), 8) for seed in range(30)]
    chances = [each.probability for each in found]
    assert np.mean(chances) == pytest.approx(0.5, abs=0.1)
    assert np.mean([each.loss for each in found]) == pytest.approx(0.5, abs=0.1)
    slopes = [each.slope for each in found if each.slope is not None]
    assert np.mean(slopes) < 0  # what one half took from the whole the other lacks


def test_one_true_edge_is_chosen_and_holds() -> None:
    """A true ratio of 0.2 over 2,000 periods among 99 without: under 0.2 in each of 20 sets."""
    found = [backtest_overfitting(noise(seed, periods=2000, edge=0.2), 8) for seed in range(20)]
    assert max(each.probability for each in found) < 0.2
    assert max(each.loss for each in found) < 0.05


def test_trials_all_alike_stand_in_the_middle() -> None:
    """Copies tie on every half: the middle rank, a logit of zero, and the search finds nothing."""
    found = backtest_overfitting(np.repeat(noise(1, trials=1), 5, axis=1), 4)
    np.testing.assert_allclose(found.logits, 0.0, atol=1e-12)
    assert found.probability == 1.0


def test_a_trial_that_never_moved_or_rested_for_a_half_has_the_ratio_zero() -> None:
    matrix = np.concatenate([noise(1, periods=100, trials=3, edge=0.3), np.zeros((100, 1))], axis=1)
    matrix[:50, 1] = 0.0
    found = backtest_overfitting(matrix, 2)
    first = matrix[:50].mean(axis=0)[0] / matrix[:50].std(axis=0, ddof=1)[0]
    assert found.inside[0] == pytest.approx(max(first, 0.0))
    assert np.isfinite(found.logits).all()
    idle = backtest_overfitting(np.zeros((40, 4)), 4)
    assert (idle.slope, idle.loss) == (None, 0.0)


def test_a_sweep_of_hundreds_takes_little_memory() -> None:
    matrix = noise(1, periods=500, trials=400)
    tracemalloc.start()
    try:
        backtest_overfitting(matrix)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 150e6  # all ratios of all halves at once would be 82 MB an array, some ten arrays


def test_what_cannot_be_judged_is_refused_with_a_reason() -> None:
    for blocks in (0, 3, 15, 22):
        with pytest.raises(BadTerms, match="even number"):
            backtest_overfitting(noise(1), blocks)
    with pytest.raises(BadReturns, match="too few"):
        backtest_overfitting(noise(1, periods=31), 16)
    with pytest.raises(BadReturns, match="no choice"):
        backtest_overfitting(noise(1, trials=1))
    with pytest.raises(BadReturns, match="no table"):
        backtest_overfitting([0.1] * 100)
