"""Intervals of a record's figures: as worked out by hand, around their figure whatever the record, wider for less."""

import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.trading.performance import Interval, daily_returns, intervals, metrics
from arena.trading.performance.intervals import growth, volatility, wilson
from tests.trading.performance.test_metrics import ACCOUNT, daily

# Twelve days, two of which stood still.
DAYS = [0.01, -0.02, 0.015, 0.0, 0.005, -0.01, 0.02, 0.01, -0.005, 0.0, 0.012, -0.008]
CAGR = math.prod(1 + day for day in DAYS) ** (365 / 12) - 1
records = st.lists(st.floats(-0.3, 0.3), min_size=0, max_size=120)


def test_winning_days_have_the_interval_of_wilson_1927() -> None:
    """7 of 10 is 0.3968 to 0.8922, as any table of score intervals has it; it does not collapse at the ends."""
    for successes, low, high in ((7, 0.396778147, 0.892208733), (0, 0, 0.277532800), (10, 0.722467200, 1)):  # fmt: skip
        found = wilson(successes, 10)
        assert found is not None
        assert (found.low, found.high) == pytest.approx((low, high), abs=1e-8)


def test_volatility_has_the_interval_of_bonett_2006() -> None:
    """By hand: s 0.01172765, two days trimmed at each end, kurtosis 2.32216562, c 1.19521484, error 0.45185468."""
    found = volatility(np.array(DAYS))
    assert found is not None
    assert found.low == pytest.approx(0.15731527083, abs=1e-10)
    assert found.high == pytest.approx(0.38140842282, abs=1e-10)


def test_the_annualised_return_has_an_interval_in_logs_widened_by_memory() -> None:
    """By hand: autocorrelation -0.05436566 after shrinking, error 1.16969668 of a year's log growth."""
    found = growth(np.array(DAYS), CAGR)
    assert found is not None
    assert pytest.approx(1.3585852979) == CAGR
    assert found.low == pytest.approx(math.exp(math.log1p(CAGR) - 1.95996398 * 1.16969668) - 1)
    assert found.high == pytest.approx(22.350662378, rel=1e-8)


def test_days_without_a_move_do_not_count_as_won_or_lost() -> None:
    found = intervals(DAYS, cagr=CAGR)
    assert found.hit_rate == wilson(6, 10)


def test_a_record_too_short_or_that_never_moved_has_no_interval() -> None:
    for days in ([], [0.01] * 9, [0.0] * 50):
        assert intervals(days, cagr=0.1) == intervals([], cagr=None)
    assert intervals(DAYS, cagr=None).cagr is None
    assert growth(np.array([*DAYS, -1.0]), -1.0) is None


def test_the_same_days_again_and_again_narrow_every_interval() -> None:
    once, often = intervals(DAYS, cagr=CAGR), intervals(DAYS * 8, cagr=CAGR)
    for name in ("cagr", "volatility", "hit_rate"):
        short, long = getattr(once, name), getattr(often, name)
        assert short is not None
        assert long is not None
        assert long.high - long.low < short.high - short.low


@given(records)
def test_every_interval_contains_its_figure(days: list[float]) -> None:
    equities = np.cumprod([1000.0, *(1 + day for day in days)])[1:]
    marks = daily(*(Decimal(repr(float(equity))) for equity in equities))
    measured = metrics(marks, [], account=ACCOUNT)
    found = intervals(daily_returns(ACCOUNT.opening_cash, marks), cagr=measured.cagr)
    for interval, figure in (
        (found.cagr, measured.cagr),
        (found.volatility, measured.volatility),
        (found.hit_rate, measured.hit_rate),
    ):
        if interval is not None:
            assert isinstance(interval, Interval)
            assert figure is not None
            assert interval.low <= figure + 1e-12 * abs(figure)
            assert interval.high >= figure - 1e-12 * abs(figure)
            assert math.isfinite(interval.low)
            assert math.isfinite(interval.high)


@given(records)
def test_shares_stay_between_nothing_and_all_and_losses_within_what_there_was(
    days: list[float],
) -> None:
    found = intervals(days, cagr=0.2)
    if found.hit_rate is not None:
        assert 0 <= found.hit_rate.low <= found.hit_rate.high <= 1
    if found.cagr is not None:
        assert found.cagr.low >= -1
    if found.volatility is not None:
        assert found.volatility.low >= 0
