"""Intervals by the stationary bootstrap: they cover what is true, and hold their figure."""

import numpy as np
import pytest

from arena.signals.lab.luck import BadReturns, BadTerms, bootstrap_interval
from tests.signals.lab.luck.noise import noise


def test_the_interval_of_the_ratio_covers_the_true_one_as_often_as_it_says() -> None:
    """200 records of 250 days of a true ratio of 0.1, level 90 %."""
    covered = 0
    for seed in range(200):
        found = bootstrap_interval(
            noise(seed, periods=250, trials=1, edge=0.1)[:, 0], "sharpe", seed=seed,
            confidence=0.9, repetitions=200, block_periods=2,
        )  # fmt: skip
        assert found is not None
        covered += found.low <= 0.1 <= found.high
    assert covered / 200 == pytest.approx(0.9, abs=0.07)


def test_a_drawdown_lies_among_those_of_other_orders() -> None:
    returns = noise(1, periods=300, trials=1)[:, 0]
    found = bootstrap_interval(returns, "drawdown", seed=1)
    assert found is not None
    levels = np.concatenate(([1.0], np.cumprod(1 + returns)))
    assert found.value == pytest.approx(float(np.max(1 - levels / np.maximum.accumulate(levels))))
    assert 0 < found.low < found.value < found.high < 1


def test_the_block_follows_the_memory_of_the_returns() -> None:
    steps = noise(1, periods=1000, trials=1)[:, 0]
    slow = np.convolve(steps, np.ones(10), mode="valid")
    quick, long = (bootstrap_interval(x, "sharpe", seed=1) for x in (steps, slow))
    assert quick is not None
    assert long is not None
    assert quick.block_periods < 10 < long.block_periods


def test_a_fall_to_nothing_is_a_fall_of_one() -> None:
    returns = np.array([0.1, -0.1] * 10 + [-1.0])
    found = bootstrap_interval(returns, "drawdown", seed=1, block_periods=1)
    assert found is not None
    assert found.high == found.value == 1.0


def test_the_same_seed_gives_the_same_interval() -> None:
    returns = noise(1, periods=300, trials=1)[:, 0]
    one, again, other = (bootstrap_interval(returns, "sharpe", seed=seed) for seed in (1, 1, 2))
    assert one == again
    assert one != other


@pytest.mark.parametrize("returns", [[], [0.01] * 9, [0.0] * 100])
def test_what_is_not_defined_is_none(returns: list[float]) -> None:
    assert bootstrap_interval(returns, "sharpe", seed=1) is None
    assert bootstrap_interval(returns, "drawdown", seed=1) is None


def test_what_cannot_be_judged_is_refused_with_a_reason() -> None:
    with pytest.raises(BadReturns):
        bootstrap_interval([0.1, float("inf")] * 10, "sharpe", seed=1)
    with pytest.raises(BadTerms, match="repetitions"):
        bootstrap_interval([0.1, 0.2] * 10, "sharpe", seed=1, repetitions=1)
