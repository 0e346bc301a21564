"""The two engines agree: the same fills to the last unit, the same equity, whatever is asked on whatever bars."""

from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arena.signals.lab.bars import Bars
from arena.signals.lab.bounds import UNBOUNDED, Bounds
from arena.signals.lab.engine import ready, run_by_bar
from arena.signals.lab.engine.planned import Machine
from arena.signals.lab.strategy import Table, complete
from arena.trading.venues import Rules
from tests.signals.lab.stage import BTC, COIN, Crossing, hourly_btc, wandering

CROSSING = Crossing()


def compare(
    bars: Bars, asked: dict[str, int], rules: Rules, cash: Decimal, *, bounds: Bounds = UNBOUNDED
) -> int:
    """Runs both and returns how many fills they agree on."""
    parameters = complete(CROSSING, asked)
    series = CROSSING.series(bars, parameters)
    slow = run_by_bar(CROSSING, parameters, bars, series, rules=rules, cash=cash, bounds=bounds)
    plan = CROSSING.plan(Table(bars, series), parameters)
    machine = Machine(bars, rules=rules, cash=cash, bounds=bounds)
    quick = machine.run(plan, ready(series))
    assert quick.trades == slow.trades
    np.testing.assert_allclose(quick.equity, slow.equity, rtol=1e-12)
    np.testing.assert_allclose(quick.exposure, slow.exposure, rtol=1e-12)
    np.testing.assert_array_equal(quick.weights, slow.weights)
    assert quick.fees == pytest.approx(slow.fees, rel=1e-9)
    assert quick.traded == pytest.approx(slow.traded, rel=1e-9)
    assert quick.costs == pytest.approx(slow.costs, rel=1e-6, abs=1e-6)
    folds = machine.folds(plan, [len(bars) - 1], ready(series))
    assert folds.equity[-1] == quick.equity[-1]
    assert folds.fills.sum() == len(quick.trades)
    return len(slow.trades)


asked = st.fixed_dictionaries({
    "fast": st.integers(2, 12), "slow": st.integers(6, 40), "weight_pct": st.integers(1, 100),
    "limit_bps": st.sampled_from([0, 0, 5, 30, 120]), "stop_bps": st.sampled_from([0, 0, 60, 200, 900]),
    "profit_bps": st.sampled_from([0, 0, 60, 200, 900]), "valid_bars": st.integers(1, 6),
})  # fmt: skip
rules = st.builds(
    Rules, fee_maker_bps=st.integers(0, 50), fee_taker_bps=st.integers(0, 50),
    half_spread_bps=st.integers(0, 20), latency_ms=st.sampled_from([0, 250, 60_000, 1_800_000, 7_000_000]),
    participation_bps=st.sampled_from([1, 50, 1000, 10_000]), rebalance_bps=st.integers(0, 200),
)  # fmt: skip
bounds = st.builds(
    Bounds, drawdown_max_pct=st.sampled_from([100, 100, 1, 3, 10]),
    order_notional_max=st.sampled_from([None, None, Decimal(150), Decimal(7_000), Decimal("33333.33")]),
)  # fmt: skip


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    seed=st.integers(0, 10_000), asked=asked, rules=rules, coin=st.booleans(),
    cash=st.sampled_from([200, 10_000, 100_000, 3_000_000]), bounds=bounds,
)  # fmt: skip
def test_they_agree_on_whatever_is_asked(
    seed: int, asked: dict[str, int], rules: Rules, coin: bool, cash: int, bounds: Bounds
) -> None:
    bars = (
        wandering(seed, 220, COIN, price=0.4, volume=1e6)
        if coin
        else wandering(seed, 220, volume=30)
    )
    compare(bars, asked, rules, Decimal(cash), bounds=bounds)


@pytest.mark.parametrize(
    "asked",
    [
        {"fast": 10, "slow": 50},
        {"fast": 5, "slow": 120, "stop_bps": 200, "profit_bps": 500},
        {"fast": 8, "slow": 30, "limit_bps": 20, "stop_bps": 300},
    ],
)
def test_they_agree_on_the_bars_of_an_exchange(shared_data: Path, asked: dict[str, int]) -> None:
    bars = hourly_btc(shared_data).between(20_000, 28_000)
    assert compare(bars, asked, Rules(), Decimal(100_000)) > 50


def test_starved_orders_and_small_budgets_are_among_what_they_agree_on() -> None:
    thin = wandering(7, 400, BTC, volume=0.8, quiet=0.2)
    tight = Rules(participation_bps=300, latency_ms=900_000)
    assert (
        compare(
            thin, {"fast": 3, "slow": 9, "stop_bps": 100, "profit_bps": 80}, tight, Decimal(100_000)
        )
        > 30
    )


def test_what_is_left_is_guarded_by_an_entry_that_only_sells() -> None:
    # The exit is still on its way when the next entry asks for a little less than is held.
    late = Rules(
        fee_maker_bps=0, fee_taker_bps=0, half_spread_bps=0, latency_ms=7_000_000, participation_bps=1,
        rebalance_bps=0,
    )  # fmt: skip
    asked = {"fast": 2, "slow": 6, "weight_pct": 1}
    for guards in ({"profit_bps": 60}, {"stop_bps": 60, "profit_bps": 60}, {"stop_bps": 200}):
        assert (
            compare(wandering(0, 220, volume=30), {**asked, **guards}, late, Decimal(100_000)) > 90
        )
