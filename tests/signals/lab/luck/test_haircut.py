"""The haircut: p-values adjusted as a library adjusts them, ratios cut and never raised."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from arena.signals.lab.luck import BadReturns, BadTerms, adjusted_p_values, haircut

SIX = [0.005, 0.009, 0.0128, 0.0135, 0.045, 0.06]


def test_the_six_p_values_of_harvey_and_liu_2015_are_adjusted() -> None:
    """c(6) = 2.45; the four smallest become 0.0135 · 6 · 2.45 / 4, as in the paper; the last is adjusted here, too."""
    expected = [0.0496125] * 4 + [0.1323, 0.147]
    np.testing.assert_allclose(adjusted_p_values(SIX), expected, rtol=1e-12)
    shuffled = adjusted_p_values(SIX[::-1])
    np.testing.assert_allclose(shuffled, expected[::-1], rtol=1e-12)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_adjusted_p_values_are_those_of_scipy(values: list[float]) -> None:
    np.testing.assert_allclose(
        adjusted_p_values(values),
        stats.false_discovery_control(values, method="by"),
        rtol=1e-12,
        atol=1e-300,
    )


def test_a_ratio_is_cut_to_what_its_adjusted_p_value_is_worth() -> None:
    """Worked with scipy's t distribution: the best of three over 240 months."""
    ratios = [0.2, 0.05, -0.1]
    found = haircut(ratios, 240)
    p = 2 * stats.t.sf(0.2 * np.sqrt(240), 239)
    assert found.p == pytest.approx(p)
    assert found.p_adjusted == pytest.approx(p * 3 * (1 + 1 / 2 + 1 / 3))
    assert found.adjusted == pytest.approx(
        stats.t.isf(found.p_adjusted / 2, 239) / np.sqrt(240), rel=1e-9
    )
    assert found.share == pytest.approx(1 - found.adjusted / 0.2)


def test_one_test_is_not_cut() -> None:
    found = haircut([0.1], 500)
    assert found.adjusted == pytest.approx(0.1)
    assert found.share == pytest.approx(0.0, abs=1e-9)


@given(
    st.lists(st.floats(-0.5, 0.5), min_size=1, max_size=40), st.integers(10, 3000), st.data()
)  # fmt: skip
def test_a_cut_ratio_lies_between_nothing_and_the_ratio(
    ratios: list[float], periods: int, data: st.DataObject
) -> None:
    chosen = data.draw(st.integers(0, len(ratios) - 1))
    found = haircut(ratios, periods, chosen=chosen)
    assert found.ratio == ratios[chosen]
    assert abs(found.adjusted) <= abs(found.ratio)
    assert found.adjusted * found.ratio >= 0
    assert found.p <= found.p_adjusted <= 1
    assert found.share is None or 0 <= found.share <= 1
    assert (found.share is None) == (found.ratio == 0)


def test_a_mediocre_best_of_many_loses_most_and_a_great_one_little() -> None:
    rest = list(np.linspace(-0.05, 0.05, 99))
    mediocre, great = haircut([0.08, *rest], 1000), haircut([0.4, *rest], 1000)
    assert mediocre.share is not None
    assert great.share is not None
    assert mediocre.share > 0.5
    assert great.share < 0.15


def test_what_cannot_be_judged_is_refused_with_a_reason() -> None:
    with pytest.raises(BadReturns, match="no trial"):
        haircut([], 100)
    with pytest.raises(BadTerms, match="chosen"):
        haircut([0.1], 100, chosen=1)
    with pytest.raises(BadTerms, match="periods"):
        haircut([0.1], 9)
