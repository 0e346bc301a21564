"""A policy bounds what a strategy wishes, in both engines alike, and leaves what it does not mention."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arena.signals.lab.bars import Bars
from arena.signals.lab.documents import Policy
from arena.signals.lab.engine import Machine, Run, ready, run_by_bar
from arena.signals.lab.governed import Governed
from arena.signals.lab.indicators import compute_all
from arena.signals.lab.strategy import NoPlan, Table, complete
from arena.signals.strategists import STRATEGISTS
from arena.trading.venues import Rules
from tests.signals.lab.stage import wandering

CROSS = STRATEGISTS["moving_average_cross"]
FAST = {"fast_bars": 3, "slow_bars": 12, "band_bps": 0}
CASH = Decimal(100_000)


def run(
    policy: Policy, name: str = "moving_average_cross", market: Bars | None = None, **own: int
) -> Run:
    rule = Governed(STRATEGISTS[name], policy)
    parameters = complete(rule, own or (FAST if name == "moving_average_cross" else {}))
    bars = market or wandering(8, 900, swing=0.006)
    series = compute_all(rule.indicators(parameters), bars)
    slow = run_by_bar(rule, parameters, bars, series, rules=Rules(), cash=CASH)
    try:
        plan = rule.plan(Table(bars, series), parameters)
    except NoPlan:
        return slow
    quick = Machine(bars, rules=Rules(), cash=CASH).run(plan, ready(series))
    assert quick.trades == slow.trades
    np.testing.assert_allclose(quick.equity, slow.equity, rtol=1e-12)
    return slow


def spells(weights: Any) -> list[tuple[float, int]]:
    """(weight, bars) of each stretch."""
    edges = np.nonzero(np.diff(weights))[0] + 1
    return [(float(part[0]), len(part)) for part in np.split(weights, edges)]


def test_a_policy_that_says_nothing_changes_nothing() -> None:
    bars = wandering(8, 900, swing=0.006)
    parameters = complete(CROSS, FAST)
    series = compute_all(CROSS.indicators(parameters), bars)
    plain = run_by_bar(CROSS, parameters, bars, series, rules=Rules(), cash=CASH)
    assert run(Policy()).trades == plain.trades


def test_weights_are_capped_and_fixed() -> None:
    assert set(np.unique(run(Policy(weight_max_pct=40)).weights)) == {0, np.float32(0.4)}
    assert set(np.unique(run(Policy(exposure_max_pct=25)).weights)) == {0, np.float32(0.25)}
    dips = run(Policy(sizing="fixed_weight", weight_max_pct=60), "dip_buying", trend_bars=40)
    assert set(np.unique(dips.weights)) <= {0, np.float32(0.6)}


def test_after_leaving_it_stays_out_for_the_cooldown() -> None:
    hasty, patient = run(Policy()), run(Policy(cooldown_bars=30))
    outs = [bars for weight, bars in spells(patient.weights)[1:-1] if weight == 0]
    assert min(outs) >= 30
    assert min(bars for weight, bars in spells(hasty.weights)[1:-1] if weight == 0) < 30
    assert len(patient.trades) < len(hasty.trades)


def test_a_wild_market_is_held_less() -> None:
    calm = run(Policy(volatility_target_pct=30), market=wandering(8, 900, swing=0.002))
    wild = run(Policy(volatility_target_pct=30), market=wandering(8, 900, swing=0.02))
    assert 0 < wild.weights.max() < calm.weights.max() <= 1


def test_stops_and_profits_are_the_policys_where_the_strategy_has_none() -> None:
    stopped = run(Policy(stop_bps=50, take_profit_bps=80))
    assert len(stopped.trades) > len(run(Policy()).trades)
    own = run(Policy(stop_bps=9_000), "rsi_reversion", bars=5, oversold_level=35)
    assert own.trades == run(Policy(), "rsi_reversion", bars=5, oversold_level=35).trades


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    name=st.sampled_from(sorted(STRATEGISTS)), fixed=st.booleans(), most=st.integers(1, 100),
    exposure=st.integers(1, 100), stop=st.none() | st.integers(1, 3_000), cooldown=st.integers(0, 40),
    target=st.none() | st.integers(5, 200),
)  # fmt: skip
def test_no_weight_is_ever_above_the_bounds(
    name: str,
    fixed: bool,
    most: int,
    exposure: int,
    stop: int | None,
    cooldown: int,
    target: int | None,
) -> None:
    policy = Policy(
        sizing="fixed_weight" if fixed else "target_weight", weight_max_pct=most, exposure_max_pct=exposure,
        stop_bps=stop, cooldown_bars=cooldown, volatility_target_pct=target,
    )  # fmt: skip
    found = run(policy, name, market=wandering(3, 400))
    assert found.weights.max() <= min(most, exposure) / 100 + 1e-6


def test_a_second_run_begins_anew() -> None:
    rule = Governed(CROSS, Policy(cooldown_bars=30))
    bars, parameters = wandering(8, 900, swing=0.006), complete(CROSS, FAST)
    series = compute_all(rule.indicators(parameters), bars)
    runs = [run_by_bar(rule, parameters, bars, series, rules=Rules(), cash=CASH) for _ in range(2)]
    assert runs[0].trades == runs[1].trades


def test_what_depends_on_earlier_wishes_has_no_plan() -> None:
    for policy in (Policy(cooldown_bars=1), Policy(volatility_target_pct=20)):
        with pytest.raises(NoPlan, match="wished before"):
            Governed(CROSS, policy).plan(Table(wandering(1, 60), {}), FAST)
    momentum = Governed(STRATEGISTS["momentum"], replace(Policy(), weight_max_pct=50))
    parameters = complete(momentum, {})
    bars = wandering(1, 400)
    with pytest.raises(NoPlan, match="band"):
        momentum.plan(Table(bars, compute_all(momentum.indicators(parameters), bars)), parameters)
