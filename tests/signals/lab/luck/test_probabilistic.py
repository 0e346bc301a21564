"""The probabilistic Sharpe ratio: as the papers have it, as simulation has it, as a second computation has it."""

from math import sqrt

import numpy as np
import pytest
from scipy import stats

from arena.signals.lab.luck import BadReturns, BadTerms, minimum_track_record, probabilistic_sharpe
from arena.trading.performance import Moments, moments, sharpe
from tests.signals.lab.luck.noise import noise, skewed

NORMAL = Moments(24, 0.458, 0.0, 3.0)
HEDGE_FUND = Moments(24, 0.458, -2.448, 10.164)


def test_two_years_of_a_hedge_fund_are_judged_as_bailey_and_lopez_de_prado_2012_judge_them() -> (
    None
):
    """24 months of an annual ratio of 1.59: 98.2 % if returns were normal, 91.3 % with their skew and kurtosis."""
    assert probabilistic_sharpe(NORMAL) == pytest.approx(0.982, abs=5e-4)
    assert probabilistic_sharpe(HEDGE_FUND) == pytest.approx(0.913, abs=5e-4)


@pytest.mark.parametrize(
    ("periods_a_year", "skew", "kurtosis", "years"),
    [(250, 0.0, 3.0, 2.73), (52, 0.0, 3.0, 2.83), (12, 0.0, 3.0, 3.24), (12, -0.72, 5.78, 4.99)],
)
def test_an_annual_ratio_of_two_takes_as_long_to_be_above_one_as_in_that_paper(
    periods_a_year: int, skew: float, kurtosis: float, years: float
) -> None:
    year = sqrt(periods_a_year)
    found = minimum_track_record(Moments(100, 2 / year, skew, kurtosis), 1 / year)
    assert found.periods is not None
    assert found.periods / periods_a_year == pytest.approx(years, abs=5e-3)


def test_the_form_of_2025_is_that_of_its_authors() -> None:
    """The worked example of Lopez de Prado, Lipton and Zoonekynd 2025: 0.987, 0.939 and 13.029 months."""
    fund = Moments(24, 0.036 / 0.079, -2.448, 10.164)
    assert probabilistic_sharpe(fund, form="threshold") == pytest.approx(0.987, abs=5e-4)
    assert probabilistic_sharpe(fund, 0.1, form="threshold") == pytest.approx(0.939, abs=5e-4)
    found = minimum_track_record(fund, form="threshold")
    assert found.periods == pytest.approx(13.029, abs=5e-4)


@pytest.mark.parametrize(("days_a_year", "days"), [(252, 684), (365, 990)])
def test_an_annual_ratio_of_one_takes_two_years_and_eight_months_to_be_above_zero(
    days_a_year: int, days: int
) -> None:
    found = minimum_track_record(Moments(500, 1 / sqrt(days_a_year), 0.0, 3.0))
    assert found.periods == pytest.approx(days, abs=1)
    assert not found.enough


def test_it_is_what_a_second_computation_finds() -> None:
    """From scipy's moments and the published formula, which knows of no autocorrelation; so it is taken out here."""
    returns = skewed(1, 300, ratio=0.08)
    found = moments(returns)
    assert found is not None
    plain = Moments(found.count, found.ratio, found.skew, found.kurtosis)
    s = returns.mean() / returns.std(ddof=1)
    g3, g4 = stats.skew(returns), stats.kurtosis(returns, fisher=False)
    for threshold in (0.0, 0.05, 0.2):
        z = (s - threshold) * sqrt(299) / sqrt(1 - g3 * s + (g4 - 1) / 4 * s**2)
        assert probabilistic_sharpe(plain, threshold) == pytest.approx(stats.norm.cdf(z), rel=1e-12)


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("ratio", [0.0, 0.1])
def test_a_record_without_more_than_the_threshold_passes_as_often_as_it_says(
    ratio: float, sign: int
) -> None:
    """1,500 records of 100 skewed periods: PSR is as good as uniform, at both ends."""
    found = np.array(
        [
            probabilistic_sharpe(skewed(seed, 100, ratio=ratio, sign=sign), ratio)
            for seed in range(1500)
        ],
        dtype=float,
    )
    assert np.mean(found > 0.95) == pytest.approx(0.05, abs=0.02)
    assert np.mean(found < 0.05) == pytest.approx(0.05, abs=0.02)
    assert np.mean(found < 0.5) == pytest.approx(0.5, abs=0.04)


def test_a_record_of_the_length_asked_for_reaches_the_confidence() -> None:
    fund = Moments(40, 0.2, -1.0, 6.0, 0.1)
    for form in ("estimate", "threshold"):
        asked = minimum_track_record(fund, 0.05, confidence=0.9, form=form)
        assert asked.periods is not None
        longer = Moments(round(asked.periods * 1000), 0.2, -1.0, 6.0, 0.1)
        fine = minimum_track_record(longer, 0.05, confidence=0.9, form=form)
        assert fine.periods == pytest.approx(asked.periods)
        just = Moments(round(asked.periods), 0.2, -1.0, 6.0, 0.1)
        assert probabilistic_sharpe(just, 0.05, form=form) == pytest.approx(0.9, abs=0.005)


def test_autocorrelated_returns_are_trusted_less() -> None:
    calm = Moments(250, 0.1, 0.0, 3.0)
    smooth = Moments(250, 0.1, 0.0, 3.0, 0.3)
    first, second = probabilistic_sharpe(calm), probabilistic_sharpe(smooth)
    assert first is not None
    assert second is not None
    assert second < first


def test_it_agrees_with_the_interval_shown_beside_the_ratio() -> None:
    """PSR against the interval's lower end is 97.5 %, but for T − 1 in place of T."""
    returns = skewed(5, 2000, ratio=0.1)
    low = sharpe(returns).low
    assert low is not None
    assert probabilistic_sharpe(returns, low / sqrt(365)) == pytest.approx(0.975, abs=1e-4)


def test_days_follow_from_the_length_of_a_period() -> None:
    found = minimum_track_record(noise(1, trials=1, edge=0.1)[:, 0], period_days=1 / 24)
    assert found.periods is not None
    assert found.days == pytest.approx(found.periods / 24)
    assert found.have == 1000
    assert found.enough


def test_no_record_is_long_enough_where_the_ratio_is_not_above_the_threshold() -> None:
    losing = noise(1, trials=1, edge=-0.2)[:, 0]
    found = minimum_track_record(losing)
    assert (found.periods, found.days, found.enough) == (None, None, False)


@pytest.mark.parametrize("returns", [[], [0.01] * 9, [0.0] * 100, [0.01] * 100])
def test_what_is_not_defined_is_none(returns: list[float]) -> None:
    assert probabilistic_sharpe(returns) is None
    found = minimum_track_record(returns)
    assert (found.periods, found.have) == (None, len(returns))


def test_what_cannot_be_judged_is_refused_with_a_reason() -> None:
    with pytest.raises(BadReturns, match="not a number"):
        probabilistic_sharpe([0.01, float("nan")] * 10)
    with pytest.raises(BadReturns, match="2 dimensions"):
        probabilistic_sharpe(np.zeros((10, 2)))
    with pytest.raises(BadTerms, match="confidence"):
        minimum_track_record([0.01, -0.01] * 10, confidence=1.0)
