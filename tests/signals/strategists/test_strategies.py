"""Each built-in strategy by itself: its story on hand-made and real bars, and that it sees no future."""

import random
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from itertools import pairwise

import pytest

from arena.kit.clock import to_ms
from arena.signals.lab.bars import Bars
from arena.signals.lab.engine import run_by_bar
from arena.signals.lab.indicators import bars_needed, compute_all
from arena.signals.lab.strategy import Parameters, Target, complete
from arena.signals.strategists import STRATEGISTS, NoSuchStrategy, scaled, strategist
from arena.signals.strategists.latest import (
    deviation,
    mean,
    relative_strength,
    true_range,
    volatility,
)
from arena.signals.strategists.window import view_of
from arena.trading.market import Candle
from arena.trading.market.sample import sample
from arena.trading.venues import Rules

NAMES = sorted(STRATEGISTS)
INSTRUMENT = sample("a test").instruments[0]


@cache
def candles() -> tuple[Candle, ...]:
    """The sample pack's first forty days."""
    steps = sample("a test").bars_from(None)
    return tuple(next(steps).candles[0] for _ in range(40 * 96))


Rows = Sequence[tuple[float, ...]]


def rows_of(bars: Sequence[Candle]) -> Rows:
    return [
        (float(b.open), float(b.high), float(b.low), float(b.close), float(b.volume)) for b in bars
    ]


def decide(
    name: str, rows: Rows, weight: Decimal, parameters: Parameters | None = None
) -> Target | None:
    """What the strategy wants at the last of these bars, as a strategist at work is asked."""
    rule = strategist(name)
    chosen = parameters or complete(rule, {})
    view = view_of(rows, rule.indicators(chosen), 900)
    return None if view is None else rule.on_bar(view, chosen, weight)


def wanted(name: str, closes: Sequence[float], weight: Decimal) -> Target:
    """On bars that do nothing but close, where it wants a change."""
    target = decide(name, flat(closes), weight)
    assert target is not None
    return target


def flat(closes: Sequence[float]) -> Rows:
    return [(close, close, close, close, 1.0) for close in closes]


def run(name: str, bars: Sequence[Candle]) -> list[tuple[int, Target]]:
    """Every change of target, with the number of the bar it came at."""
    rows = rows_of(bars)
    weight, changes = Decimal(0), []
    for end in range(1, len(bars) + 1):
        target = decide(name, rows[max(0, end - 700) : end], weight)
        if target is not None and target.weight != weight:
            changes.append((end, target))
            weight = target.weight
    return changes


def test_there_are_at_least_six_strategies_and_a_baseline() -> None:
    assert len(STRATEGISTS) >= 6
    assert "buy_and_hold" in STRATEGISTS
    with pytest.raises(NoSuchStrategy, match="buy_and_hold"):
        strategist("crystal_ball")


@pytest.mark.parametrize("name", NAMES)
def test_activity_on_real_bars_is_sensible(name: str) -> None:
    changes = run(name, candles())
    in_a_month = [end for end, _ in changes if end <= 30 * 96]
    if name == "buy_and_hold":
        assert [end for end, _ in changes] == [1]
        return
    assert 20 <= len(in_a_month) <= 120
    for _, target in changes:
        assert 0 <= target.weight <= 1
        assert target.weight == round(target.weight, 4)
        assert Decimal("0.05") <= target.confidence <= Decimal("0.95")
        assert target.rationale.endswith(".")
        assert any(letter.isdigit() for letter in target.rationale)
        assert len(target.rationale) < 400


@pytest.mark.parametrize("name", NAMES)
def test_other_futures_leave_decisions_as_they_are(name: str) -> None:
    """Whatever comes after a bar, shuffled or cut off, the decisions up to it are the same."""
    bars, cut = candles()[: 8 * 96], 6 * 96
    shuffled = list(bars[cut:])
    random.Random(1).shuffle(shuffled)
    whole = [change for change in run(name, bars) if change[0] <= cut]
    assert run(name, bars[:cut]) == whole
    assert [c for c in run(name, [*bars[:cut], *shuffled]) if c[0] <= cut] == whole


@pytest.mark.parametrize("name", NAMES)
def test_older_bars_than_it_needs_change_nothing(name: str) -> None:
    """The length of the window in memory does not matter, so a restart does not either."""
    rule, rows = strategist(name), rows_of(candles())
    needed = bars_needed(rule.indicators(complete(rule, {})), 900) + 1
    for end in range(1500, 1600, 7):
        for weight in (Decimal(0), Decimal(1)):
            short = decide(name, rows[end - needed : end], weight)
            assert short == decide(name, rows[end - 1400 : end], weight)


@pytest.mark.parametrize("name", NAMES)
def test_the_lab_decides_as_a_strategist_at_work_does(name: str) -> None:
    """Series over all bars and windows of the last ones lead to the same targets at the same bars."""
    bars, rule = candles()[: 20 * 96], strategist(name)
    parameters = complete(rule, {})
    columns = dict(
        zip(
            ("open", "high", "low", "close", "volume"),
            zip(*rows_of(bars), strict=True),
            strict=True,
        )
    )
    stamps = [to_ms(bar.open_at) for bar in bars]
    table = Bars.of(INSTRUMENT, 900, {"open_ms": stamps, **columns})
    series = compute_all(rule.indicators(parameters), table)
    tested = run_by_bar(rule, parameters, table, series, rules=Rules(), cash=Decimal(100_000))
    changes = run(name, bars)
    assert [(end - 1, float(target.weight)) for end, target in changes] == [
        (at, pytest.approx(float(weight)))
        for at, (before, weight) in enumerate(pairwise([0.0, *tested.weights.tolist()]))
        if weight != before
    ]


@pytest.mark.parametrize("name", NAMES)
def test_too_little_history_means_no_change(name: str) -> None:
    assert decide(name, flat([100.0] * (0 if name == "buy_and_hold" else 2)), Decimal(0)) is None


@pytest.mark.parametrize("name", NAMES)
def test_prices_that_never_move_break_nothing(name: str) -> None:
    for weight in (Decimal(0), Decimal(1)):
        target = decide(name, flat([100.0] * 600), weight)
        assert target is None or 0 <= target.weight <= 1


def test_the_averages_cross_up_and_down() -> None:
    rule = "moving_average_cross"
    up = wanted(rule, [100.0] * 60 + [110.0] * 20, Decimal(0))
    assert (up.weight, "20-bar average 110.00 crossed above" in up.rationale) == (1, True)
    down = wanted(rule, [100.0] * 60 + [90.0] * 20, Decimal(1))
    assert (down.weight, "crossed below the 80-bar average 97.50" in down.rationale) == (0, True)


def test_a_breakout_buys_with_a_stop_and_a_new_low_sells() -> None:
    rule = "donchian_breakout"
    steady = [100.0, 101.0] * 30
    up = wanted(rule, [*steady, 103.0], Decimal(0))
    assert up.weight == 1
    assert up.stop_price is not None
    assert up.stop_price < 103
    assert "103.00 broke above 101.00" in up.rationale
    down = wanted(rule, [*steady, 99.0], Decimal(1))
    assert (down.weight, "fell below 100.00" in down.rationale) == (0, True)


def test_what_is_oversold_is_bought_and_left_when_strength_is_back() -> None:
    rule = "rsi_reversion"
    falling = [200.0 - n for n in range(140)]
    bought = wanted(rule, falling, Decimal(0))
    assert (bought.weight, "RSI fell to 0.0" in bought.rationale) == (1, True)
    rising = [100.0 + n for n in range(140)]
    assert wanted(rule, rising, Decimal(1)).weight == 0


def test_momentum_holds_less_of_what_swings_more() -> None:
    rule = "momentum"
    calm = [100 * 1.0001**n for n in range(200)]
    wild = [price * (1.02 if n % 2 else 1.0) for n, price in enumerate(calm)]
    assert wanted(rule, calm, Decimal(0)).weight == 1
    little = wanted(rule, wild, Decimal(0))
    assert 0 < little.weight < Decimal("0.2")
    falling = list(reversed(calm))
    assert wanted(rule, falling, Decimal(1)).weight == 0
    # Inside the band nothing is published.
    assert decide(rule, flat(wild), little.weight + Decimal("0.1")) is None


def test_a_close_below_the_band_is_bid_for_with_stop_and_profit() -> None:
    rule = "bollinger_reversion"
    bought = wanted(rule, [100.0, 101.0] * 20 + [96.0], Decimal(0))
    assert bought.weight == 1
    assert bought.limit_price == 96.0
    assert bought.stop_price is not None
    assert bought.take_profit_price is not None
    assert bought.stop_price < 96.0 < bought.take_profit_price
    back = wanted(rule, [100.0, 101.0] * 20 + [101.0], Decimal(1))
    assert back.weight == 0


def test_a_dip_is_bought_in_an_uptrend_only() -> None:
    rule = "dip_buying"
    rising = [100.0 + n for n in range(220)]
    dip = [*rising, 317.0, 314.0, 311.0, 307.0]
    bought = wanted(rule, dip, Decimal(0))
    assert (bought.weight, bought.take_profit_price is not None) == (Decimal("0.8"), True)
    falling = [400.0 - n for n in range(220)]
    assert decide(rule, flat(falling), Decimal(0)) is None


def test_indicators_equal_cases_computed_by_hand() -> None:
    assert mean([1.0, 2.0, 6.0]) == 3.0
    assert deviation([2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]) == 2.0
    assert true_range([10.0, 12.0, 11.0], [9.0, 10.0, 7.0], [9.5, 11.0, 8.0], 2) == (2.5 + 4.0) / 2
    assert relative_strength([1.0] * 19, 2) == 50.0
    assert relative_strength([float(n) for n in range(19)], 2) == 100.0
    assert volatility([100.0, 101.0, 99.99], 2, 31_536_000) == pytest.approx(0.01)


@pytest.mark.parametrize("name", NAMES)
def test_the_newest_value_is_the_last_of_the_whole_series(name: str) -> None:
    bars, rule = candles()[:1_200], strategist(name)
    columns = dict(
        zip(
            ("open", "high", "low", "close", "volume"),
            zip(*rows_of(bars), strict=True),
            strict=True,
        )
    )
    table = Bars.of(INSTRUMENT, 900, {"open_ms": [to_ms(bar.open_at) for bar in bars], **columns})
    indicators = rule.indicators(complete(rule, {}))
    view = view_of(rows_of(bars), indicators, 900)
    assert view is not None
    for each, series in compute_all(indicators, table).items():
        assert view[each][-1] == pytest.approx(series[-1], rel=1e-9)
        assert view[each][-2] == pytest.approx(series[-2], rel=1e-9)


def test_windows_stretch_on_short_bars_and_shrink_on_long_ones() -> None:
    parameters = {"fast_bars": 20, "bars": 3, "band_bps": 10, "dip_level": 10}
    assert scaled(parameters, 60) == {"fast_bars": 100, "bars": 15, "band_bps": 10, "dip_level": 32}
    assert scaled(parameters, 300) == {"fast_bars": 60, "bars": 9, "band_bps": 10, "dip_level": 27}
    assert scaled(parameters, 900) == parameters
    assert scaled(parameters, 3600) == {"fast_bars": 6, "bars": 2, "band_bps": 10, "dip_level": 10}
