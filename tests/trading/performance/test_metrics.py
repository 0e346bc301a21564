"""Metrics against cases worked out by hand, and what holds of any curve."""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from math import isfinite, sqrt

import msgspec
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from arena.trading.performance import Mark, Metrics, Month, daily_returns, metrics, sharpe
from arena.trading.performance.sharpe import Z_95, sampling_variance
from arena.trading.portfolio import Account
from arena.trading.venues import Fill
from tests.conftest import START
from tests.trading.tape import BTC, D

MIDNIGHT = START.replace(hour=0) + timedelta(days=1)
ACCOUNT = Account("acc_1", "reference", "fd_1", "USD", D(1000), START)


def mark(days: float, equity: object, exposure: object = 0) -> Mark:
    """`days` after the first midnight."""
    return Mark(MIDNIGHT + timedelta(days=days), D(equity), D(equity) - D(exposure), D(exposure))


def measured(*marks: Mark, fills: tuple[Fill, ...] = ()) -> Metrics:
    return metrics(marks, fills, account=ACCOUNT)


def daily(*equities: object) -> list[Mark]:
    return [mark(n, equity) for n, equity in enumerate(equities)]


def test_days_run_from_midnight_to_midnight_and_the_unfinished_one_is_left_out() -> None:
    marks = [mark(-0.2, 1010), mark(0, 1020), mark(0.5, 900), mark(1, 1071), mark(1.25, 5000)]
    np.testing.assert_allclose(daily_returns(D(1000), marks), [0.02, 0.05], rtol=1e-14)


def test_a_midnight_without_a_mark_takes_the_last_mark_before_it() -> None:
    marks = [mark(-0.2, 1010), mark(0.1, 1111), mark(2.9, 1111), mark(3, 2222)]
    np.testing.assert_allclose(daily_returns(D(1000), marks), [0.01, 0.1, 0, 1], rtol=1e-13)


def test_returns_and_drawdown_count_from_the_opening_cash_over_all_marks() -> None:
    m = measured(mark(-0.5, 800), mark(0, 1200), mark(0.5, 600), mark(1, 1100))
    assert m.total_return == pytest.approx(0.1)
    assert m.max_drawdown == pytest.approx(0.5)
    assert m.days == pytest.approx(1 + 10 / 24)
    assert measured(mark(0, 900)).max_drawdown == pytest.approx(0.1)


def test_volatility_sharpe_and_sortino_of_four_days_by_hand() -> None:
    # Returns +2 %, -1 %, +3 %, 0: mean 1 %, squared deviations 1, 4, 4, 1 (of 1e-4), over T - 1 = 3.
    m = measured(*daily(1020, "1009.8", "1040.094", "1040.094"))
    deviation = sqrt(10e-4 / 3)
    assert m.volatility == pytest.approx(deviation * sqrt(365))
    assert m.sharpe == pytest.approx(0.01 / deviation * sqrt(365))
    assert m.sortino == pytest.approx(0.01 / sqrt(1e-4 / 4) * sqrt(365))
    assert m.hit_rate == pytest.approx(2 / 3)
    assert m.sharpe_low is None
    assert m.cagr is None


def test_growth_calmar_and_time_under_water() -> None:
    equities = [1000 + n for n in range(10)] + [900] * 20 + [1100] * 10
    m = measured(*daily(*equities))
    days = 39 + 10 / 24
    assert m.cagr == pytest.approx(1.1 ** (365 / days) - 1)
    assert m.max_drawdown == pytest.approx(1 - 900 / 1009)
    assert m.calmar == pytest.approx(m.cagr / m.max_drawdown)
    assert m.under_water_days_max == pytest.approx(21)
    assert m.under_water_share == pytest.approx(20 / 40)


def test_a_curve_that_never_falls_has_no_calmar_and_is_never_under_water() -> None:
    m = measured(*daily(*range(1000, 1050)))
    assert (m.calmar, m.sortino, m.max_drawdown) == (None, None, 0)
    assert (m.under_water_days_max, m.under_water_share) == (0, 0)


def test_a_curve_still_under_water_counts_to_its_end() -> None:
    assert measured(*daily(1100, 1000, 1000, 1000)).under_water_days_max == pytest.approx(3)


def test_exposure_turnover_and_fees() -> None:
    fills = tuple(
        Fill("f", "o", "a", 1, BTC.symbol, side, D(q), D(p), D(fee), asset, "taker", {}, START)
        for side, q, p, fee, asset in [("buy", 2, 100, "0.01", "BTC"), ("sell", 1, 200, "0.5", "USD")]
    )  # type: ignore[arg-type]  # fmt: skip
    m = measured(
        mark(0, 1000, 500), mark(1, 1000, 0), mark(2, 1000, 0), mark(3, 1000, 250), fills=fills
    )
    assert m.exposure_share == 0.5
    assert m.exposure_mean == pytest.approx(0.75 / 4)
    assert m.turnover == pytest.approx(400 / 1000 * 365 / (3 + 10 / 24))
    assert m.fees_paid == D("1.5")
    assert m.fills == 2


def test_months_follow_on_each_other() -> None:
    ten_days = [mark(n, 1000 + 10 * n) for n in range(10)]  # from 28 September on
    m = measured(*ten_days)
    # The mark at midnight of 1 October (number 3) still belongs to September.
    assert [x.month for x in m.monthly] == ["2021-09", "2021-10"]
    assert m.monthly[0].net_return == pytest.approx(0.03)
    assert m.monthly[1].net_return == pytest.approx(1090 / 1030 - 1)
    assert isinstance(m.monthly[0], Month)


def test_nothing_is_made_up_where_there_is_no_history() -> None:
    m = measured()
    assert (m.total_return, m.max_drawdown, m.days) == (0, 0, 0)
    undefined = (
        m.cagr,
        m.volatility,
        m.sharpe,
        m.sortino,
        m.calmar,
        m.turnover,
        m.hit_rate,
        m.exposure_mean,
    )
    assert set(undefined) == {None}
    flat = measured(*daily(*[1000] * 60))
    assert (flat.volatility, flat.sharpe, flat.sharpe_low) == (None, None, None)
    steady = measured(*daily(*[D(1000) * D("1.01") ** n for n in range(60)]))
    assert steady.sharpe is None or steady.sharpe > 0


def test_the_sampling_error_is_mertens_where_days_are_independent() -> None:
    # Eight values whose lag-1 autocorrelation is zero, repeated; checked against the formula with r = 0.
    chance = np.random.default_rng(7)
    returns = chance.normal(0.001, 0.02, 100_000)
    s = float(returns.mean() / returns.std(ddof=1))
    assert sampling_variance(returns, s) == pytest.approx((1 + s**2 / 2) / 100_000, rel=0.02)


def test_the_interval_widens_with_autocorrelation() -> None:
    chance = np.random.default_rng(3)
    noise = chance.normal(0, 0.01, 400)
    smooth = np.convolve(noise, np.ones(5) / 5, "valid") + 0.002
    shuffled = chance.permutation(smooth)
    wide, narrow = sharpe(smooth), sharpe(shuffled)
    assert wide.value == pytest.approx(narrow.value)
    assert wide.high - wide.low > 1.3 * (narrow.high - narrow.low)  # type: ignore[operator]  # both defined


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    chance = np.random.default_rng(11)
    true = 0.05 * sqrt(365)
    inside = 0
    for _ in range(400):
        found = sharpe(chance.normal(0.0005, 0.01, 250))
        assert found.low is not None
        assert found.high is not None
        inside += found.low <= true <= found.high
    assert 0.91 <= inside / 400 <= 0.985
    assert pytest.approx(1.96, abs=1e-3) == Z_95


curves = st.lists(st.integers(1, 10**9), min_size=1, max_size=80)


@given(curves, st.integers(1, 10**6))
def test_metrics_are_finite_or_none_for_any_curve_and_do_not_depend_on_its_scale(
    cents: list[int], scale: int
) -> None:
    equities = [D(c) / 100 for c in cents]
    m = measured(*daily(*equities))
    text = msgspec.json.encode(m, enc_hook=str)
    assert b"NaN" not in text
    for name, value in msgspec.to_builtins(m, enc_hook=str).items():
        if isinstance(value, float):
            assert isfinite(value), name
    larger = Account("acc_1", "reference", "fd_1", "USD", D(1000) * scale, START)
    other = metrics([mark(n, e * scale) for n, e in enumerate(equities)], (), account=larger)
    for name in (
        "total_return",
        "max_drawdown",
        "volatility",
        "sharpe",
        "sharpe_low",
        "sortino",
        "hit_rate",
    ):
        one, two = getattr(m, name), getattr(other, name)
        assert (one is None) == (two is None), name
        if one is not None:
            assert two == pytest.approx(one, rel=1e-6, abs=1e-9), name


@given(st.lists(st.integers(500, 2000), min_size=1, max_size=80))
def test_days_and_months_chain_to_the_total_return(cents: list[int]) -> None:
    equities = [D(c) for c in cents]
    m = measured(*daily(*equities))
    assert np.prod(1 + daily_returns(D(1000), daily(*equities))) - 1 == pytest.approx(
        m.total_return, rel=1e-9
    )
    assert np.prod([1 + month.net_return for month in m.monthly]) - 1 == pytest.approx(
        m.total_return, rel=1e-9
    )


@given(curves, st.integers(1, 10**9))
def test_the_largest_drawdown_never_shrinks_as_the_curve_goes_on(
    cents: list[int], more: int
) -> None:
    before = measured(*daily(*cents)).max_drawdown
    assert measured(*daily(*cents, more)).max_drawdown >= before
    assert 0 <= before < 1


@given(st.lists(st.floats(-0.05, 0.05), min_size=20, max_size=60), st.floats(0.0001, 0.01))
def test_a_little_more_every_day_never_lowers_the_sharpe_ratio(
    returns: list[float], more: float
) -> None:
    series = np.array(returns)
    assume(series.std() > 1e-4)
    low, high = sharpe(series), sharpe(series + more)
    assert low.value is not None
    assert high.value is not None
    assert high.value > low.value


def test_a_mark_is_worth_its_cash_and_its_exposure() -> None:
    one, two = mark(0, 1000, 400), mark(1, 1100, 0)
    assert [m.cash + m.exposure for m in (one, two)] == [one.equity, two.equity]
    assert all(a.at < b.at for a, b in pairwise((one, two)))
    assert Decimal(600) == one.cash
