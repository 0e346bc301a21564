"""Walk-forward: the past chooses, the future judges, and the joined record is one an account could have had."""

from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.signals.lab.bars import Bars
from arena.signals.lab.engine import run_by_bar
from arena.signals.lab.indicators import compute_all
from arena.signals.lab.strategy import Parameters, Strategy
from arena.signals.lab.walk import (
    BadWindows,
    Cut,
    NothingToTry,
    Scheduled,
    Stretch,
    Terms,
    Walked,
    figures,
    walk_forward,
    windows_of,
)
from arena.signals.strategists import STRATEGISTS
from tests.signals.lab.stage import wandering

CROSS = STRATEGISTS["moving_average_cross"]
GRID: list[Parameters] = [
    {"fast_bars": fast, "slow_bars": slow, "band_bps": 0}
    for fast in (3, 6, 12)
    for slow in (24, 48)
]
CUT = Cut(train_bars=600, test_bars=200, purge_bars=10, embargo_bars=5)
TERMS = Terms(CUT)


class ByBarOnly:
    """The same strategy without its plan."""

    def __init__(self, strategy: Strategy) -> None:
        self.name, self.about, self.ranges = strategy.name, strategy.about, strategy.ranges
        self.indicators, self.on_bar = strategy.indicators, strategy.on_bar


def bars(seed: int = 3, count: int = 2_000) -> Bars:
    return wandering(seed, count, swing=0.004)


@given(
    count=st.integers(1, 3_000), train=st.integers(1, 900), test=st.integers(1, 400),
    purge=st.integers(0, 60), embargo=st.integers(0, 60), anchored=st.booleans(),
)  # fmt: skip
def test_trainings_end_before_their_tests_and_tests_follow_one_another(
    count: int, train: int, test: int, purge: int, embargo: int, anchored: bool
) -> None:
    cut = Cut(train, test, purge, embargo, "anchored" if anchored else "rolling")
    try:
        windows = windows_of(count, cut)
    except BadWindows:
        assert count < train + purge + embargo + test
        return
    for window in windows:
        assert 0 <= window.train_first < window.train_end <= window.test_first - purge - embargo
        assert window.train_end - window.train_first >= train
        assert window.test_first < window.test_end <= count
    assert all(a.test_end == b.test_first for a, b in pairwise(windows))
    assert (windows[-1].train_first == 0) or not anchored


def test_windows_that_cannot_be_are_refused_with_what_to_do() -> None:
    with pytest.raises(BadWindows, match="shorten them or take more data"):
        windows_of(95, Cut(90, 20))
    with pytest.raises(BadWindows, match="at least one bar"):
        windows_of(100, Cut(0, 20))
    with pytest.raises(NothingToTry, match="moving_average_cross"):
        walk_forward(CROSS, [], bars(), TERMS)


def test_what_comes_after_a_training_does_not_change_what_it_chose() -> None:
    whole = walk_forward(CROSS, GRID, bars(), TERMS)
    other, kept = bars(seed=99), whole.legs[3].window.test_first
    first = bars()
    columns = {"open_ms": first.open_ms}
    for name in ("open", "high", "low", "close", "volume"):
        mine, theirs = getattr(first, f"{name}s"), getattr(other, f"{name}s")
        columns[name] = np.concatenate((mine[:kept], np.resize(theirs, len(first))[kept:]))
    changed = walk_forward(CROSS, GRID, Bars.of(first.instrument, 3600, columns), TERMS)
    for before, after in zip(whole.legs[:4], changed.legs[:4], strict=True):
        assert (before.parameters, before.score) == (after.parameters, after.score)
    upto = kept - whole.legs[0].window.test_first
    np.testing.assert_array_equal(whole.record.equity[:upto], changed.record.equity[:upto])


def test_the_record_is_one_account_through_all_tests() -> None:
    walked = walk_forward(CROSS, GRID, bars(), TERMS)
    grown = np.prod([1 + leg.total_return for leg in walked.legs])
    assert grown - 1 == pytest.approx(walked.record.total_return, rel=1e-9)
    assert sum(leg.fills for leg in walked.legs) == len(walked.record.trades) > 10
    assert figures(walked.record).fills == len(walked.record.trades)
    assert float(figures(walked.record).fees_paid) == pytest.approx(walked.record.fees, rel=1e-9)
    assert walked.gross.total_return > walked.record.total_return
    assert (walked.gross.fees, walked.gross.costs) == (
        0,
        pytest.approx(0, abs=walked.gross.traded * 1e-6),
    )


def test_without_a_plan_it_walks_the_same_way() -> None:
    short = bars(count=1_100)
    quick = walk_forward(CROSS, GRID[:3], short, TERMS)
    slow = walk_forward(ByBarOnly(CROSS), GRID[:3], short, TERMS)
    assert same(quick, slow)


def test_a_schedule_decides_alike_bar_by_bar() -> None:
    walked, all_bars = walk_forward(CROSS, GRID, bars(), TERMS), bars()
    first = walked.legs[0].window.test_first
    schedule = Scheduled(
        CROSS, [Stretch(leg.window.test_first, leg.parameters) for leg in walked.legs]
    )
    upto = all_bars.until(walked.legs[-1].window.test_end)
    series = compute_all(schedule.indicators({}), upto)
    slow = run_by_bar(
        schedule, {}, upto, series, rules=TERMS.rules, cash=Decimal(100_000), first=first
    ).since_bar(first)
    assert slow.trades == walked.record.trades
    np.testing.assert_allclose(slow.equity, walked.record.equity, rtol=1e-12)


def test_where_nothing_trades_enough_the_first_configuration_stands_in_and_says_so() -> None:
    still: list[Parameters] = [{"fast_bars": 3, "slow_bars": 24, "band_bps": 1_000}]
    walked = walk_forward(CROSS, still, bars(count=1_100), TERMS)
    assert {leg.score for leg in walked.legs} == {None}
    assert {tuple(leg.parameters.items()) for leg in walked.legs} == {tuple(still[0].items())}


def same(one: Walked, other: Walked) -> bool:
    np.testing.assert_allclose(one.scores, other.scores, rtol=1e-9)
    np.testing.assert_allclose(one.record.equity, other.record.equity, rtol=1e-12)
    return [leg.parameters for leg in one.legs] == [leg.parameters for leg in other.legs]
