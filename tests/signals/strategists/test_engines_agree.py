"""Every built-in strategy trades alike in both engines of the Lab, whatever its parameters, on all kinds of bars."""

from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arena.signals.lab.bars import Bars
from arena.signals.lab.engine import ready, run_by_bar
from arena.signals.lab.engine.planned import Machine
from arena.signals.lab.indicators import compute_all
from arena.signals.lab.strategy import Parameters, Table, complete
from arena.signals.strategists import STRATEGISTS
from arena.trading.venues import Rules
from tests.signals.lab.stage import hourly_btc, wandering

NAMES = sorted(STRATEGISTS)
CASH = Decimal(100_000)


def agree(name: str, bars: Bars, parameters: Parameters) -> int:
    """How many fills both came to."""
    rule = STRATEGISTS[name]
    series = compute_all(rule.indicators(parameters), bars)
    slow = run_by_bar(rule, parameters, bars, series, rules=Rules(), cash=CASH)
    plan = rule.plan(Table(bars, series), parameters)
    quick = Machine(bars, rules=Rules(), cash=CASH).run(plan, ready(series))
    assert quick.trades == slow.trades
    np.testing.assert_allclose(quick.equity, slow.equity, rtol=1e-9)
    np.testing.assert_allclose(quick.weights, slow.weights, atol=1e-7)
    return len(slow.trades)


@st.composite
def configurations(draw: st.DrawFn) -> tuple[str, Parameters]:
    """A strategy with parameters over their ranges, windows short enough for the bars of the test."""
    name = draw(st.sampled_from(NAMES))
    ranges = STRATEGISTS[name].ranges.items()
    return name, {
        key: draw(st.integers(r.low, min(r.high, 60 if key.endswith("bars") else r.high)))
        for key, r in ranges
    }


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(configuration=configurations(), seed=st.integers(0, 1_000))
def test_they_agree_whatever_the_parameters(
    configuration: tuple[str, Parameters], seed: int
) -> None:
    agree(configuration[0], wandering(seed, 400), configuration[1])


@pytest.mark.parametrize("name", NAMES)
def test_they_agree_on_the_bars_of_an_exchange(shared_data: Path, name: str) -> None:
    bars = hourly_btc(shared_data).between(12_000, 24_000)
    fills = agree(name, bars, complete(STRATEGISTS[name], {}))
    assert fills >= (1 if name == "buy_and_hold" else 40)
