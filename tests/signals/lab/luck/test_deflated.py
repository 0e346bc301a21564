"""The deflated Sharpe ratio: the paper's example, noise and edges of known truth, and how many trials count."""

from math import sqrt

import numpy as np
import pytest
from scipy import integrate, stats

from arena.signals.lab.luck import (
    BadReturns,
    BadTerms,
    TrialSet,
    deflated_sharpe,
    effective_count,
    effective_trials,
    expected_maximum,
    maximum_quantile,
    probabilistic_sharpe,
    quick_returns,
    trial_set,
)
from arena.trading.performance import Moments
from tests.signals.lab.luck.noise import Floats, best, noise


@pytest.mark.parametrize(
    ("trials", "skew", "kurtosis", "value"),
    [(100, -3.0, 10.0, 0.9004), (46, -3.0, 10.0, 0.9505), (88, 0.0, 3.0, 0.9505)],
)
def test_the_strategy_of_bailey_and_lopez_de_prado_2014_is_deflated_as_they_deflate_it(
    trials: int, skew: float, kurtosis: float, value: float
) -> None:
    """Annual ratio 2.5 over 1,250 days of 250 a year, variance of the trials' annual ratios 1/2."""
    fund = Moments(1250, 2.5 / sqrt(250), skew, kurtosis)
    found = deflated_sharpe(fund, TrialSet(trials, trials, sqrt(0.5 / 250)), bounded=False)
    assert found.value == pytest.approx(value, abs=1e-4)
    if trials == 100:
        assert found.threshold == pytest.approx(0.1132, abs=5e-5)


def test_the_expected_maximum_is_that_of_normal_draws() -> None:
    """Against the integral of x·N·φ(x)·Φ(x)^(N−1); the paper's formula is 1 % off from ten draws on."""
    for count in (10, 100, 1000):
        exact, _ = integrate.quad(
            lambda x, n=count: x * n * stats.norm.pdf(x) * stats.norm.cdf(x) ** (n - 1), -8, 10
        )
        assert expected_maximum(count) == pytest.approx(exact, rel=0.03)
    assert expected_maximum(100) == pytest.approx(2.5306, abs=1e-4)
    assert expected_maximum(1) == 0.0
    grid = [expected_maximum(count) for count in np.linspace(1, 50, 200)]
    assert grid == sorted(grid)


@pytest.mark.parametrize("searches", [40, pytest.param(400, marks=pytest.mark.slow)])
def test_the_best_of_a_hundred_noise_strategies_is_called_no_skill(searches: int) -> None:
    """None near 0.95, and 0.47 on average. The bar is what the luckiest is expected to show, so about half of all lucky
    winners lie above it; as the spread is never taken for less than chance has, some 62 % lie under 0.5."""
    found = np.array([_deflated(noise(seed)) for seed in range(searches)])
    assert found.max() < 0.95
    assert found.mean() < 0.5
    assert 0.5 < np.mean(found < 0.5) < 0.75


@pytest.mark.parametrize("searches", [25, pytest.param(200, marks=pytest.mark.slow)])
def test_held_to_the_strict_bar_noise_is_under_a_half_and_a_planted_edge_over_95(
    searches: int,
) -> None:
    """The bar is what the luckiest stays under in 95 of 100 searches; with 200 of them 96 to 98 % do."""
    noisy = np.array([_strict(noise(seed)) for seed in range(searches)])
    assert np.mean(noisy < 0.5) >= 0.92
    assert noisy.max() < 0.95
    found = np.array([_strict(noise(seed, periods=1500, edge=0.2)) for seed in range(searches)])
    assert np.mean(found > 0.95) >= 0.92
    assert found.min() > 0.5


def test_the_quantile_of_the_maximum_is_that_of_independent_draws() -> None:
    """P(all of N under x) = Φ(x)^N."""
    for count in (1, 2.5, 10, 100, 10_000):
        for level in (0.05, 0.5, 0.95):
            x = maximum_quantile(count, level)
            assert stats.norm.cdf(x) ** count == pytest.approx(level)
    assert maximum_quantile(100, 0.95) > expected_maximum(100)
    with pytest.raises(BadTerms):
        maximum_quantile(10, 1.0)


def test_the_best_of_a_hundred_noise_traders_who_pay_fees_is_called_no_skill() -> None:
    """The same in a market: in and out at random, ten basis points a side. They share the luck of the market."""
    found = np.array([_deflated(_traders(seed)) for seed in range(40)])
    assert np.mean(found > 0.95) < 0.05
    assert found.mean() < 0.45
    assert np.mean(found < 0.5) > 0.5


def test_a_planted_edge_among_a_hundred_is_found() -> None:
    """A true ratio of 0.2 a day over 1,500 days, 3.8 a year: over 0.95 in each search."""
    found = np.array([_deflated(noise(seed, periods=1500, edge=0.2)) for seed in range(25)])
    assert found.min() > 0.95


def test_the_chance_of_the_luckiest_is_as_often_small_as_it_says() -> None:
    chances = []
    for seed in range(300):
        found = noise(seed, periods=300, trials=20)
        chances.append(deflated_sharpe(best(found), trial_set(found)).by_luck)
    among = np.array(chances, dtype=float)
    assert np.mean(among < 0.05) == pytest.approx(0.05, abs=0.04)
    assert np.mean(among < 0.5) == pytest.approx(0.5, abs=0.08)


def test_one_trial_is_deflated_by_nothing() -> None:
    returns = noise(1, trials=1, edge=0.1)
    found = deflated_sharpe(returns[:, 0], trial_set(returns))
    assert found.value == probabilistic_sharpe(returns[:, 0])
    assert (found.threshold, found.trials) == (0.0, 1.0)


def test_more_trials_never_raise_it() -> None:
    returns = noise(2, trials=1, edge=0.1)[:, 0]
    found = [
        deflated_sharpe(returns, trial_set(registered=count)).value for count in (1, 2, 10, 1000)
    ]
    values = [value for value in found if value is not None]
    assert len(values) == 4
    assert values == sorted(values, reverse=True)


def test_the_spread_of_trials_counts_for_no_less_than_chance_and_no_more_than_a_fifth_above() -> (
    None
):
    returns = noise(3, trials=1)[:, 0]
    wide, narrow = (
        deflated_sharpe(returns, TrialSet(100, 100, deviation)).deviation
        for deviation in (1.0, 1e-6)
    )
    assert narrow == pytest.approx(1 / sqrt(1000), rel=0.1)
    assert narrow is not None
    assert wide == pytest.approx(1.2 * narrow)
    as_given = deflated_sharpe(returns, TrialSet(100, 100, 1.0), bounded=False)
    assert as_given.deviation == 1.0


@pytest.mark.parametrize(("periods", "trials"), [(250, 100), (1000, 100), (300, 800)])
def test_independent_trials_count_in_full_however_short_the_record(
    periods: int, trials: int
) -> None:
    assert effective_trials(noise(1, periods=periods, trials=trials)) == pytest.approx(
        trials, rel=0.01
    )


def test_copies_count_once_and_families_about_once_each() -> None:
    one = noise(1, trials=1)
    assert effective_trials(np.repeat(one, 50, axis=1)) == pytest.approx(1.0, abs=0.05)
    ten = np.repeat(noise(2, trials=10), 10, axis=1) + 0.1 * noise(3, trials=100)
    assert effective_trials(ten) == pytest.approx(10, rel=0.2)


def test_the_effective_rank_of_a_known_correlation_is_found() -> None:
    """100 trials with a common half: e to the entropy of one share of 50.5/100 and 99 of 0.5/100."""
    shared = noise(4, periods=4000, trials=1)
    found = effective_trials(shared + noise(5, periods=4000, trials=100))
    shares = np.array([0.505] + [0.005] * 99)
    assert found == pytest.approx(float(np.exp(-np.sum(shares * np.log(shares)))), rel=0.03)


def test_wide_and_tall_tables_are_counted_by_one_rule() -> None:
    """Ten periods more, and the small side changes from periods to trials; the count hardly does."""
    shared = noise(6, periods=210, trials=1)
    trials = shared + noise(7, periods=210, trials=205)
    assert effective_trials(trials[:200]) == pytest.approx(effective_trials(trials), rel=0.05)


def test_trials_that_never_moved_count_for_nothing() -> None:
    with_idle = np.concatenate([noise(1, trials=5), np.zeros((1000, 20))], axis=1)
    assert effective_trials(with_idle) == pytest.approx(effective_trials(noise(1, trials=5)))
    assert effective_trials(np.zeros((10, 3))) == 1.0


def test_trials_that_are_only_counted_are_added_by_the_rule_for_counts() -> None:
    known = noise(1, trials=16)
    assert trial_set(registered=10_000) == TrialSet(10_000, 1000.0)
    assert effective_count(16) == 8.0
    found = trial_set(known, registered=16 * 16)
    assert found.registered == 256
    assert found.effective == pytest.approx(8 * effective_trials(known))
    assert trial_set(known).effective == pytest.approx(16, rel=0.01)


def test_what_is_not_defined_is_none_and_what_makes_no_sense_is_refused() -> None:
    found = deflated_sharpe([0.0] * 100, trial_set(registered=10))
    assert (found.value, found.threshold, found.by_luck, found.deviation) == (None,) * 4
    with pytest.raises(BadTerms):
        trial_set()
    with pytest.raises(BadTerms):
        effective_count(0)
    with pytest.raises(BadReturns, match="3 are registered"):
        trial_set(noise(1, trials=5), registered=3)
    with pytest.raises(BadReturns, match="not a number"):
        effective_trials(np.full((5, 5), np.inf))


def _deflated(matrix: Floats) -> float:
    value = deflated_sharpe(best(matrix), trial_set(matrix)).value
    assert value is not None
    return value


def _strict(matrix: Floats) -> float:
    value = deflated_sharpe(best(matrix), trial_set(matrix)).strict
    assert value is not None
    return value


def _traders(seed: int) -> Floats:
    """A hundred who are in or out for ten days on average, on one random walk."""
    chance = np.random.default_rng([4713, seed])
    weights = (np.cumsum(chance.random((100, 1000)) < 0.1, axis=1) % 2).astype(np.float64)
    return quick_returns(weights, chance.standard_normal(1000) * 0.02, fee_bps=10).T
