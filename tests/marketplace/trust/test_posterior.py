"""The score: monotone, modest with short records, and indifferent to leverage."""

import math
import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from arena.marketplace.trust import Score, evidence, judge


def judged(returns: list[float]) -> Score:
    return judge(evidence(returns), len(returns))


def walk(days: int, sharpe: float, *, seed: int = 1, sd: float = 0.02) -> list[float]:
    """Normal daily returns whose sample Sharpe ratio is exactly this, annual."""
    rng = random.Random(seed)
    noise = [rng.gauss(0, 1) for _ in range(days)]
    mean = sum(noise) / days
    spread = math.sqrt(sum((x - mean) ** 2 for x in noise) / (days - 1))
    return [sd * ((x - mean) / spread + sharpe / math.sqrt(365)) for x in noise]


def test_the_sharpe_ratio_is_annual_over_365_days() -> None:
    found = evidence(walk(500, 1.3))
    assert found is not None
    assert found.sharpe == pytest.approx(1.3)


def test_its_variance_is_about_a_year_over_the_days_for_plain_noise() -> None:
    found = evidence(walk(730, 0.0, seed=5))
    assert found is not None
    assert found.variance == pytest.approx(0.5, rel=0.25)


def test_nothing_is_ranked_under_thirty_days() -> None:
    assert judged(walk(29, 4)).value is None
    assert judged(walk(30, 4)).value is not None


def test_a_flat_record_is_unranked() -> None:
    score = judged([0.0] * 100)
    assert score.value is None
    assert "not moved" in score.why


def test_without_evidence_the_prior_is_believed() -> None:
    score = judged([])
    assert (score.mean, score.prior_sd) == (0.3, 0.65)
    assert score.low == pytest.approx(0.3 - 1.2816 * 0.65, abs=1e-3)


def test_a_month_moves_belief_little_and_years_move_it_far() -> None:
    month, years = judged(walk(30, 3)), judged(walk(1500, 3))
    assert month.mean < 0.5
    assert years.mean > 1.5


def test_a_simulated_record_never_shows_more_than_sixty() -> None:
    best = judged(walk(3000, 5))
    assert (best.value, best.cap) == (60, 60)


@given(
    st.lists(st.floats(-0.1, 0.1), min_size=30, max_size=120),
    st.floats(1e-5, 0.02),
)
def test_a_record_that_is_better_every_day_never_scores_lower(
    returns: list[float], better: float
) -> None:
    before, after = judged(returns), judged([r + better for r in returns])
    assume(before.value is not None and after.value is not None)
    assert before.value is not None
    assert after.value is not None
    assert after.mean >= before.mean - 1e-6
    assert after.value >= before.value


@given(st.lists(st.floats(-0.1, 0.1), min_size=30, max_size=120), st.floats(0.1, 10))
def test_leverage_does_not_change_the_score(returns: list[float], leverage: float) -> None:
    before, after = judged(returns), judged([r * leverage for r in returns])
    assume(before.value is not None and after.value is not None)
    assert after.mean == pytest.approx(before.mean, abs=1e-6)


@given(st.integers(1, 1000), st.floats(1.05, 4), st.floats(0.1, 3))
def test_less_risk_for_the_same_return_never_scores_lower(
    seed: int, wilder: float, sharpe: float
) -> None:
    """The lesson of a risk score that punished its trader for lowering risk."""
    calm = walk(200, sharpe, seed=seed)
    mean = sum(calm) / len(calm)
    wild = [mean + (r - mean) * wilder for r in calm]
    assert judged(calm).mean >= judged(wild).mean


@given(st.integers(1, 1000), st.floats(0.6, 3), st.integers(30, 400))
def test_the_same_good_record_for_longer_scores_higher_with_a_narrower_interval(
    seed: int, sharpe: float, days: int
) -> None:
    short, long = judged(walk(days, sharpe, seed=seed)), judged(walk(days * 3, sharpe, seed=seed))
    assert long.high - long.low < short.high - short.low + 1e-9
    assert (
        long.mean > short.mean - 0.05
    )  # the shape of the noise differs, the Sharpe ratio does not


@given(st.lists(st.floats(-0.5, 0.5), max_size=80))
def test_whatever_the_returns_every_figure_is_a_number(returns: list[float]) -> None:
    score = judged(returns)
    for figure in (score.mean, score.low, score.high, score.probability_above):
        assert math.isfinite(figure)
    assert score.low < score.mean < score.high
    assert 0 <= score.probability_above <= 1
    assert score.value is None or 0 <= score.value <= 60
