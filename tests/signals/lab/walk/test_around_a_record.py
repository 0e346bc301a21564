"""Regimes and capacity: what is known, checked on records made for it."""

from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from arena.signals.lab.engine import Machine
from arena.signals.lab.indicators import compute_all
from arena.signals.lab.strategy import Plan, Table, complete, nothing
from arena.signals.lab.walk import capacity, capacity_curve, regimes
from arena.signals.strategists import STRATEGISTS
from arena.trading.venues import Rules
from tests.signals.lab.stage import hourly_btc, wandering


def test_days_fall_into_halves_and_holding_earns_what_the_market_does() -> None:
    bars = wandering(5, 24 * 120, gaps=0, quiet=0, swing=0.003)
    held = Machine(bars, rules=Rules(), cash=Decimal(100_000)).run(
        Plan(np.ones(len(bars)), nothing(len(bars)))
    )
    trend, sideways, wild, calm = regimes(held)
    assert trend.share == pytest.approx(0.5, abs=0.02)
    assert wild.days + calm.days == trend.days + sideways.days
    for regime in (trend, sideways, wild, calm):
        assert regime.mean == pytest.approx(regime.market_mean, rel=0.05, abs=2e-5)
    assert trend.name == "trend"


def test_two_months_are_needed_to_speak_of_weather() -> None:
    bars = wandering(5, 24 * 40, gaps=0)
    held = Machine(bars, rules=Rules(), cash=Decimal(100_000)).run(
        Plan(np.ones(len(bars)), nothing(len(bars)))
    )
    assert regimes(held) == []


def test_larger_accounts_pay_more_and_get_less_of_what_they_want(shared_data: Path) -> None:
    bars, rule = hourly_btc(shared_data).between(20_000, 40_000), STRATEGISTS["donchian_breakout"]
    parameters = complete(rule, {"entry_bars": 200, "exit_bars": 100})
    series = compute_all(rule.indicators(parameters), bars)
    curve = capacity_curve(
        rule.plan(Table(bars, series), parameters), bars, rules=Rules(), first=200
    )
    costs = [size.cost_bps for size in curve]
    assert costs == sorted(costs)
    astray = [size.astray for size in curve]
    assert astray == sorted(astray)
    assert astray[0] == 0 < 0.3 < astray[-1]
    found = capacity(curve)
    assert found is not None
    assert curve[0].cash < found < curve[-1].cash


def test_what_loses_has_no_capacity() -> None:
    bars = wandering(11, 500)
    flips = np.arange(len(bars)) % 2 == 0
    plan = Plan(np.where(flips, 1.0, np.nan), np.where(flips, np.nan, 0.0))
    assert capacity(capacity_curve(plan, bars, rules=Rules(fee_taker_bps=50))) is None
