"""A model at work decides as in its back-test, however its bars come, and the same again after an interruption."""

from decimal import Decimal
from typing import Any

import pytest

from arena.signals.lab.at_work import AtWork, Row
from arena.signals.lab.bars import Bars
from arena.signals.lab.documents import Policy
from arena.signals.lab.engine import run_by_bar
from arena.signals.lab.governed import Governed
from arena.signals.lab.indicators import compute_all
from arena.signals.lab.strategy import complete
from arena.signals.strategists import strategist
from arena.trading.venues import Rules
from tests.signals.lab.stage import BTC, wandering

HOUR_MS = 3_600_000


def rows_of(bars: Bars) -> list[Row]:
    columns = (bars.opens, bars.highs, bars.lows, bars.closes, bars.volumes)
    return list(zip(bars.open_ms.tolist(), *(c.tolist() for c in columns), strict=True))


def at_work(strategy: Any, parameters: dict[str, int], begins_ms: int) -> AtWork:
    return AtWork(strategy, parameters, BTC, interval_s=3600, begins_ms=begins_ms)


@pytest.mark.parametrize("governed", [False, True])
@pytest.mark.parametrize("name", ["moving_average_cross", "rsi_reversion", "donchian_breakout"])
def test_it_decides_bar_by_bar_as_the_back_test_did(name: str, governed: bool) -> None:
    bars, strategy = wandering(3, 600), strategist(name)
    parameters = complete(strategy, {})
    policy = Policy(weight_max_pct=40, volatility_target_pct=30, cooldown_bars=5)

    def asked() -> Any:
        return Governed(strategy, policy) if governed else strategy

    series = compute_all(asked().indicators(parameters), bars)
    tested = run_by_bar(
        asked(), parameters, bars, series, rules=Rules(), cash=Decimal(100_000)
    ).weights.tolist()
    model = at_work(asked(), parameters, 0)
    weights = []
    for row in rows_of(bars):
        model.take([row])
        weights.append(float(model.weight))
    assert weights == pytest.approx(tested, abs=1e-7)
    assert len({*weights}) > 1
    assert model.deciding


def test_it_comes_to_the_same_target_however_the_bars_come() -> None:
    rows = rows_of(wandering(5, 500))
    strategy = strategist("moving_average_cross")
    parameters = complete(strategy, {"fast_bars": 5, "slow_bars": 20})
    one, other = at_work(strategy, parameters, 0), at_work(strategy, parameters, 0)
    one.take(rows)
    for first in range(0, len(rows), 7):
        other.take(rows[first : first + 7])
        other.take([])
    assert (one.weight, one.wanted) == (other.weight, other.wanted)
    assert one.wanted is not None


def test_bars_before_its_feed_are_read_but_not_decided_on() -> None:
    bars = wandering(7, 400)
    strategy = strategist("moving_average_cross")
    parameters = complete(strategy, {"fast_bars": 5, "slow_bars": 20})
    rows = rows_of(bars)
    begins_ms = rows[300][0]
    model = at_work(strategy, parameters, begins_ms)
    assert model.next_ms <= begins_ms - 20 * HOUR_MS
    model.take([row for row in rows if model.next_ms <= row[0]][:20])
    assert model.wanted is None
    late = at_work(strategy, parameters, rows[-1][0] + HOUR_MS)
    late.take(rows)
    assert late.deciding
    assert late.wanted is None
