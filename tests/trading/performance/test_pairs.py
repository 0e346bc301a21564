"""Two records over the same days: only those count, and nobody leads by luck or by risk."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arena.kit.db import Database
from arena.trading import performance, portfolio
from arena.trading.performance import SameAccount
from arena.trading.performance.curves import Curve
from arena.trading.performance.pairs import DAYS_MIN, pair_of, return_difference, sharpe_difference
from arena.trading.portfolio import NoSuchAccount
from tests.trading.performance.test_mark import add_marks, move_on
from tests.trading.tape import open_purse, set_up


def curve(returns: np.ndarray, *, first: int = 100, whole: bool = True) -> Curve:
    levels = 1000 * np.concatenate(([1.0], np.cumprod(1 + returns)))
    return Curve(first, levels, 0.0, whole)


def test_only_days_that_both_were_open_for_are_compared() -> None:
    chance = np.random.default_rng(1)
    old, young = chance.normal(0, 0.01, 90), chance.normal(0, 0.01, 50)
    pair = pair_of(curve(old, first=100), curve(young, first=140, whole=False))
    # The young one's first day was a part of one; 139 is the midnight before its second.
    assert pair.days == 49
    assert pair.first is not None
    assert pair.second is not None
    assert pair.first.total_return == pytest.approx(np.prod(1 + old[41:90]) - 1)
    assert pair.second.total_return == pytest.approx(np.prod(1 + young[1:50]) - 1)
    assert len(pair.first.levels) == len(pair.second.levels) == 50
    assert pair.since is not None
    assert pair.until is not None
    assert pair.until - pair.since == timedelta(days=49)


def test_records_that_never_met_are_not_compared() -> None:
    chance = np.random.default_rng(2)
    first, second = (curve(chance.normal(0, 0.01, 40), first=at) for at in (100, 140))
    pair = pair_of(first, second)
    assert (pair.days, pair.first, pair.second, pair.leads, pair.since) == (
        0,
        None,
        None,
        None,
        None,
    )


def test_the_steadier_one_leads_though_the_wild_one_earned_more() -> None:
    chance = np.random.default_rng(3)
    steady = chance.normal(0.002, 0.003, 300)
    wild = chance.normal(0.004, 0.05, 300) - chance.normal(0, 0.0001, 300)
    wild = wild - wild.mean() + 0.0025
    pair = pair_of(curve(wild), curve(steady))
    assert pair.annual_return.value is not None
    assert pair.annual_return.value > 0, "by the mean return the wild one is ahead"
    assert pair.leads == "second"
    assert pair_of(curve(steady), curve(wild)).leads == "first"


def test_under_thirty_days_nobody_leads() -> None:
    chance = np.random.default_rng(4)
    good, bad = chance.normal(0.02, 0.001, 29), chance.normal(-0.02, 0.001, 29)
    assert pair_of(curve(good), curve(bad)).leads is None
    assert pair_of(curve(np.tile(good, 2)), curve(np.tile(bad, 2))).leads == "first"


def test_a_record_is_not_told_apart_from_itself() -> None:
    daily = np.random.default_rng(5).normal(0.001, 0.01, 100)
    pair = pair_of(curve(daily), curve(daily.copy()))
    assert pair.leads is None
    assert pair.correlation == pytest.approx(1)
    assert pair.sharpe.value == pytest.approx(0)
    assert pair.sharpe.low is None, "there is nothing to be uncertain about"


def test_what_the_market_does_to_both_cancels_out() -> None:
    """Paired, a small steady edge shows that is far below the noise of either."""
    chance = np.random.default_rng(6)
    market = chance.normal(0, 0.03, 400)
    edge = chance.normal(0.0008, 0.002, 400)
    difference = return_difference(market + edge, market)
    assert difference.low is not None
    assert 0 < difference.low < 0.0008 * 365 < (difference.high or 0)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000), st.integers(DAYS_MIN, 200))
def test_changing_places_changes_the_sign_and_nothing_else(seed: int, count: int) -> None:
    chance = np.random.default_rng(seed)
    one, other = chance.standard_t(4, (2, count)) * 0.01
    for difference in (sharpe_difference, return_difference):
        there, back = difference(one, other), difference(other, one)
        assert there.value == pytest.approx(-(back.value or 0), abs=1e-9)
        assert there.low == pytest.approx(-(back.high or 0), abs=1e-9)
        assert there.low is not None
        assert there.high is not None
        assert there.low <= (there.value or 0) <= there.high


def test_the_interval_holds_the_truth_nineteen_times_in_twenty() -> None:
    """Two independent records of the same true ratio: the difference is zero, and found to be so about as often."""
    chance = np.random.default_rng(7)
    held = 0
    for _ in range(400):
        one, other = chance.normal(0.001, 0.01, 120), chance.normal(0.002, 0.02, 120)
        found = sharpe_difference(one, other)
        held += (found.low or 0) <= 0 <= (found.high or 0)
    assert 0.91 <= held / 400 <= 0.98


async def test_two_accounts_of_the_arena_are_compared(db: Database) -> None:
    await set_up(db)
    chance = np.random.default_rng(8)
    grown = {}
    for name, drift in (("acc_a", 0.004), ("acc_b", -0.004)):
        await open_purse(db, name)
        grown[name] = 100_000 * np.cumprod(1 + chance.normal(drift, 0.004, 60))
        await add_marks(db, name, list(grown[name]))
    await open_purse(db, "acc_copy", kind="copier")
    await move_on(db, 60)
    async with db.transaction() as tx:
        await portfolio.close_account(tx, "acc_b")
        found = await performance.compare(tx, "acc_a", "acc_b")
        month = await performance.compare(tx, "acc_b", "acc_a", span_days=30)
        for wrong in ("acc_nobody", "acc_copy"):
            with pytest.raises(NoSuchAccount):
                await performance.compare(tx, "acc_a", wrong)
        with pytest.raises(SameAccount):
            await performance.compare(tx, "acc_a", "acc_a")
    assert found.pair.days == 59, "the day of the opening is no whole one"
    assert (found.pair.leads, found.first.account_id) == ("first", "acc_a")
    assert found.pair.first is not None
    expected = grown["acc_a"][59] / grown["acc_a"][0] - 1
    assert found.pair.first.total_return == pytest.approx(expected, rel=1e-6)
    assert (month.pair.days, month.pair.leads) == (30, "second")
