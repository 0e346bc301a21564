"""Superior ability: the p-values of arch for the same losses, silence on noise, a voice for an edge."""

from math import sqrt

import numpy as np
import pytest
from arch.bootstrap import SPA, StationaryBootstrap

from arena.signals.lab.luck import BadReturns, BadTerms, superior_ability
from arena.signals.lab.luck.superior import long_run_variance
from tests.signals.lab.luck.noise import noise


@pytest.mark.parametrize("block", [1, 7])
def test_the_p_values_are_those_of_arch_for_the_same_losses(block: int) -> None:
    returns = noise(1, periods=300, trials=20, edge=0.15) - 0.001
    returns *= np.linspace(0.5, 2.0, 20)
    found = superior_ability(returns, seed=5, block_periods=block, repetitions=300)
    assert found is not None
    losses = -returns / returns.std(axis=0, ddof=1)
    theirs = SPA(np.zeros(300), losses, block_size=block, reps=300, seed=5)
    theirs.compute()
    assert (found.lower, found.consistent, found.upper) == tuple(theirs.pvalues)
    plain = SPA(np.zeros(300), -returns, block_size=block, reps=300, seed=5)
    plain.compute()
    assert found.reality_check == plain.pvalues["upper"]
    assert found.best == 0


def test_against_a_benchmark_trials_are_brought_to_its_volatility_first() -> None:
    returns = noise(2, periods=300, trials=10, edge=0.1)
    market = noise(3, periods=300, trials=1)[:, 0] + 0.0005
    found = superior_ability(returns, seed=1, benchmark=market, repetitions=200, block_periods=4)
    assert found is not None
    scaled = returns / returns.std(axis=0, ddof=1) * market.std(ddof=1) - market[:, None]
    theirs = SPA(
        np.zeros(300), -scaled / scaled.std(axis=0, ddof=1), block_size=4, reps=200, seed=1
    )
    theirs.compute()
    assert (found.lower, found.consistent, found.upper) == tuple(theirs.pvalues)
    geared = superior_ability(
        returns * 3, seed=1, benchmark=market, repetitions=200, block_periods=4
    )
    assert geared is not None
    assert geared.consistent == found.consistent  # gearing is no ability


@pytest.mark.parametrize("sets", [40, pytest.param(600, marks=pytest.mark.slow)])
def test_noise_is_called_able_as_often_as_the_level_says(sets: int) -> None:
    """Sets of 50 trials, level 10 %; within three standard errors."""
    small = reality = 0
    for seed in range(sets):
        found = superior_ability(noise(seed, periods=250, trials=50), seed=seed, repetitions=100)
        assert found is not None
        assert found.lower <= found.consistent <= found.upper
        small += found.consistent < 0.1
        reality += found.reality_check < 0.1
    assert small / sets == pytest.approx(0.1, abs=0.9 / sqrt(sets))
    assert reality / sets == pytest.approx(0.1, abs=0.9 / sqrt(sets))


def test_a_planted_edge_among_fifty_is_heard() -> None:
    """A true ratio of 0.3 over 400 periods: six standard errors, against the best of fifty's two and a half."""
    for seed in range(8):
        found = superior_ability(
            noise(seed, periods=400, trials=50, edge=0.3), seed=seed, repetitions=200
        )
        assert found is not None
        assert found.consistent < 0.05
        assert found.best == 0


def test_the_long_run_variance_is_what_the_bootstrap_draws() -> None:
    steps = noise(1, periods=400, trials=2)
    memory = steps[1:] + 0.5 * steps[:-1]
    means = StationaryBootstrap(10, memory, seed=1).apply(lambda x: x.mean(axis=0), 4000)
    found = long_run_variance(memory, 10)
    np.testing.assert_allclose(found, means.var(axis=0) * len(memory), rtol=0.1)


def test_the_same_seed_gives_the_same_answer_and_another_one_a_near_one() -> None:
    returns = noise(1, periods=300, trials=30, edge=0.12)
    one, again, other = (superior_ability(returns, seed=seed) for seed in (1, 1, 2))
    assert one == again
    assert one is not None
    assert other is not None
    assert one != other
    assert one.consistent == pytest.approx(other.consistent, abs=0.05)


def test_the_block_is_longer_where_returns_remember() -> None:
    steps = noise(1, periods=1000, trials=5)
    slow = np.cumsum(steps, axis=0)
    slow[15:] -= slow[:-15].copy()
    quick, long = (superior_ability(x, seed=1, repetitions=100) for x in (steps, slow))
    assert quick is not None
    assert long is not None
    assert (quick.block_periods, quick.repetitions) == (10, 100)
    assert long.block_periods > 20


def test_trials_that_never_moved_are_left_out() -> None:
    returns = noise(1, periods=200, trials=5, edge=0.5)
    idle = np.concatenate([np.zeros((200, 3)), returns], axis=1)
    found, without = superior_ability(idle, seed=1), superior_ability(returns, seed=1)
    assert found is not None
    assert without is not None
    assert (found.best, without.best) == (3, 0)
    assert found.consistent == without.consistent
    assert superior_ability(np.zeros((200, 3)), seed=1) is None


def test_what_cannot_be_judged_is_refused_with_a_reason() -> None:
    with pytest.raises(BadReturns, match="too few"):
        superior_ability(noise(1, periods=29), seed=1)
    with pytest.raises(BadReturns, match="benchmark has 10"):
        superior_ability(noise(1, periods=50), seed=1, benchmark=np.zeros(10))
    with pytest.raises(BadTerms, match="block_periods"):
        superior_ability(noise(1, periods=50), seed=1, block_periods=51)
