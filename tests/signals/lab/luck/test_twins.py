"""Null twins: what they keep of a series, what they leave to chance, and what they say of skill."""

from collections import Counter
from itertools import groupby, permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from arena.signals.lab.luck import (
    BadReturns,
    BadTerms,
    chance_among,
    orders,
    percentile_among,
    quick_returns,
    twin_plans,
)
from tests.signals.lab.luck.noise import noise

series = st.lists(st.sampled_from([0.0, 0.0, 0.25, 1.0]), min_size=1, max_size=60).map(np.array)


def spells(weights: NDArray[Any]) -> Counter[tuple[float, ...]]:
    """Flat spells and holdings with what is inside them."""
    return Counter(tuple(run) for _, run in groupby(weights.tolist(), lambda weight: weight != 0))


def turnover(weights: NDArray[Any]) -> float:
    return float(np.abs(np.diff(weights, prepend=0.0)).sum())


@given(series, st.integers(0, 1000), st.data())
def test_a_twin_keeps_spells_exposure_trades_and_turnover(
    weights: NDArray[Any], seed: int, data: st.DataObject
) -> None:
    since = data.draw(st.integers(0, len(weights)))
    for twin in twin_plans(weights, 5, seed=seed, since=since):
        assert spells(twin[since:]) == spells(weights[since:]) or weights[since - 1] != 0
        assert twin.sum() == pytest.approx(weights.sum())
        assert np.count_nonzero(twin) == np.count_nonzero(weights)
        assert turnover(twin) == pytest.approx(turnover(weights))
        assert np.count_nonzero(np.diff(twin, prepend=0)) == np.count_nonzero(
            np.diff(weights, prepend=0)
        )
        assert (twin[:since] == weights[:since]).all()


@given(series, st.integers(0, 1000))
def test_the_whole_series_keeps_the_lengths_of_all_its_spells(
    weights: NDArray[Any], seed: int
) -> None:
    for twin in twin_plans(weights, 3, seed=seed):
        assert spells(twin) == spells(weights)


def test_every_order_of_the_spells_is_as_likely() -> None:
    """Three holdings of 1, 2 and 3 bars between flat spells of one: six orders, 600 twins, a hundred each."""
    weights = np.array([0, 1, 0, 1, 1, 0, 1, 1, 1], dtype=np.int8)
    found = Counter(twin.tobytes() for twin in twin_plans(weights, 600, seed=1))
    assert len(found) == 6
    assert min(found.values()) > 65
    expected = {
        np.concatenate([part for n in order for part in ([0], [1] * n)]).astype(np.int8).tobytes()
        for order in permutations((1, 2, 3))
    }
    assert set(found) == expected


def test_a_twin_ends_in_a_holding_of_the_same_last_weight() -> None:
    weights = np.array([0, 0.5, 0, 1.0, 0, 1.0, 0.5])
    ends = Counter(twin[-1] for twin in twin_plans(weights, 200, seed=1))
    assert set(ends) == {0.5}
    last_two = Counter(tuple(twin[-2:]) for twin in twin_plans(weights, 200, seed=1))
    assert set(last_two) == {(0.0, 0.5), (1.0, 0.5)}  # both such holdings come last, about equally
    assert min(last_two.values()) > 60


def test_a_holding_that_is_open_at_the_start_stays_where_it_is() -> None:
    weights = np.array([0, 1, 1, 1, 0, 1, 0, 0, 1, 1, 0])
    for twin in twin_plans(weights, 20, seed=1, since=2):
        assert twin[:4].tolist() == [0, 1, 1, 1]
        assert twin[4] == 0


@pytest.mark.parametrize("kind", [np.int8, np.float32, np.float64])
def test_twins_have_the_type_of_the_series_and_follow_the_seed(kind: type[Any]) -> None:
    weights = (np.arange(200) // 7 % 2).astype(kind)
    one, again, other = (twin_plans(weights, 10, seed=seed) for seed in (1, 1, 2))
    assert one.dtype == kind
    assert one.shape == (10, 200)
    assert (one == again).all()
    weights[3] = 1
    assert not (twin_plans(weights, 10, seed=1) == twin_plans(weights, 10, seed=2)).all()
    assert other.shape == (10, 200)


def test_few_spells_have_few_orders() -> None:
    assert orders(np.ones(10)) == 1
    assert orders(np.array([0, 1, 0, 1, 0, 1])) == 6 * 6
    assert orders(np.zeros(3)) == 1
    assert (twin_plans(np.ones(10), 3, seed=1) == 1).all()


def test_a_model_without_skill_stands_anywhere_among_its_twins() -> None:
    """150 models in and out at random, 99 twins each: their places are spread evenly."""
    places = [_place(seed, skill=0.0) for seed in range(150)]
    assert np.mean(places) == pytest.approx(0.5, abs=0.08)
    assert np.mean(np.array(places) > 0.9) == pytest.approx(0.1, abs=0.075)


def test_a_model_that_knows_stands_above_its_twins() -> None:
    places = [_place(seed, skill=0.004) for seed in range(30)]
    assert min(places) > 0.95


def test_a_rising_market_helps_a_model_no_more_than_its_twins() -> None:
    """Half in at random while the market doubles again and again: a great return, and no place among twins."""
    places = [_place(seed, skill=0.0, drift=0.01) for seed in range(100)]
    assert np.mean(places) == pytest.approx(0.5, abs=0.1)


def test_places_count_ties_half_and_chances_are_never_zero() -> None:
    assert percentile_among(2.0, [1.0, 2.0, 3.0, 4.0]) == 0.375
    assert percentile_among(9.0, [1.0, 2.0]) == 1.0
    assert chance_among(9.0, [1.0] * 199) == 1 / 200
    assert chance_among(2.0, [1.0, 2.0, 3.0]) == 0.75
    for missing in (percentile_among, chance_among):
        assert missing(1.0, []) is None
        assert missing(float("nan"), [1.0]) is None
        assert missing(1.0, [float("nan")]) is None


def test_quick_returns_hold_the_weight_over_the_next_bar_and_pay_for_changes() -> None:
    """By hand: in at the first close, half out at the third, out at the fourth; 100 basis points."""
    weights = np.array([1.0, 1.0, 0.5, 0.0])
    found = quick_returns(weights, [0.5, 0.1, -0.2, 0.3], fee_bps=100)
    np.testing.assert_allclose(found, [-0.01, 0.1, -0.205, 0.145], rtol=1e-12)
    both = quick_returns(np.stack([weights, weights * 0]), [0.5, 0.1, -0.2, 0.3], fee_bps=100)
    np.testing.assert_allclose(both[0], found)
    assert (both[1] == 0).all()


def test_twins_pay_the_same_fees() -> None:
    weights = (np.arange(500) // 9 % 2).astype(np.float64)
    still = np.zeros(500)
    mine = quick_returns(weights, still, fee_bps=10).sum()
    theirs = quick_returns(twin_plans(weights, 20, seed=1), still, fee_bps=10).sum(axis=1)
    np.testing.assert_allclose(theirs, mine, rtol=1e-12)


def test_what_cannot_be_shuffled_is_refused_with_a_reason() -> None:
    for weights in (np.zeros((2, 2)), np.array([]), np.array([0.0, np.nan])):
        with pytest.raises(BadReturns):
            twin_plans(weights, 1, seed=1)
    with pytest.raises(BadTerms, match="since"):
        twin_plans(np.ones(3), 1, seed=1, since=4)
    with pytest.raises(BadTerms, match="count"):
        twin_plans(np.ones(3), 0, seed=1)
    with pytest.raises(BadReturns, match="do not fit"):
        quick_returns(np.ones(3), [0.1], fee_bps=1)


def _place(seed: int, *, skill: float, drift: float = 0.0) -> float:
    """Of a model that is in or out for ten bars on average; it gains `skill` for each bar that it is in."""
    chance = np.random.default_rng([4714, seed])
    weights = (np.cumsum(chance.random(600) < 0.1) % 2).astype(np.float64)
    moves = noise(seed, periods=600, trials=1)[:, 0] + drift
    moves[1:] += skill * weights[:-1]
    twins = twin_plans(weights, 99, seed=seed)
    mine = float(quick_returns(weights, moves, fee_bps=10).sum())
    place = percentile_among(mine, quick_returns(twins, moves, fee_bps=10).sum(axis=1))
    assert place is not None
    return place
