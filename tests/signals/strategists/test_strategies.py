"""Each built-in strategy by itself: its story on hand-made and real bars, and that it sees no future."""

import random
from collections.abc import Sequence
from decimal import Decimal
from functools import cache

import pytest

from arena.signals.strategists import (
    STRATEGISTS,
    History,
    NoSuchStrategy,
    Target,
    scaled,
    strategist,
)
from arena.signals.strategists.indicators import (
    deviation,
    mean,
    relative_strength,
    relative_strength_bars,
    true_range,
    volatility,
)
from arena.trading.market import Candle
from arena.trading.market.sample import sample

NAMES = sorted(STRATEGISTS)


@cache
def candles() -> tuple[Candle, ...]:
    """The sample pack's first forty days."""
    steps = sample("a test").bars_from(None)
    return tuple(next(steps).candles[0] for _ in range(40 * 96))


def history(bars: Sequence[Candle]) -> History:
    return History(
        tuple(float(b.close) for b in bars), tuple(float(b.high) for b in bars),
        tuple(float(b.low) for b in bars), 900,
    )  # fmt: skip


def flat(closes: Sequence[float]) -> History:
    """Bars that do nothing but close."""
    return History(tuple(closes), tuple(closes), tuple(closes), 900)


def run(name: str, bars: Sequence[Candle]) -> list[tuple[int, Target]]:
    """Every change of target, with the number of the bar it came at."""
    rule = strategist(name)
    needed = rule.bars_needed(rule.defaults) + 1
    weight, changes = Decimal(0), []
    for end in range(1, len(bars) + 1):
        target = rule.decide(history(bars[max(0, end - needed) : end]), rule.defaults, weight)
        if target.weight != weight:
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
    rule, bars = strategist(name), candles()
    for end in range(1500, 1600, 7):
        for weight in (Decimal(0), Decimal(1)):
            needed = rule.bars_needed(rule.defaults)
            short = rule.decide(history(bars[end - needed : end]), rule.defaults, weight)
            long = rule.decide(history(bars[end - 1400 : end]), rule.defaults, weight)
            assert short == long


@pytest.mark.parametrize("name", NAMES)
def test_too_little_history_means_no_change(name: str) -> None:
    rule = strategist(name)
    for weight in (Decimal(0), Decimal("0.5")):
        assert rule.decide(flat([]), rule.defaults, weight).weight == weight


@pytest.mark.parametrize("name", NAMES)
def test_prices_that_never_move_break_nothing(name: str) -> None:
    rule = strategist(name)
    for weight in (Decimal(0), Decimal(1)):
        target = rule.decide(flat([100.0] * 600), rule.defaults, weight)
        assert 0 <= target.weight <= 1


def test_the_averages_cross_up_and_down() -> None:
    rule = strategist("moving_average_cross")
    up = rule.decide(flat([100.0] * 60 + [110.0] * 20), rule.defaults, Decimal(0))
    assert (up.weight, "20-bar average 110.00 crossed above" in up.rationale) == (1, True)
    down = rule.decide(flat([100.0] * 60 + [90.0] * 20), rule.defaults, Decimal(1))
    assert (down.weight, "crossed below the 80-bar average 97.50" in down.rationale) == (0, True)


def test_a_breakout_buys_with_a_stop_and_a_new_low_sells() -> None:
    rule = strategist("donchian_breakout")
    steady = [100.0, 101.0] * 30
    up = rule.decide(flat([*steady, 103.0]), rule.defaults, Decimal(0))
    assert up.weight == 1
    assert up.stop_price is not None
    assert up.stop_price < 103
    assert "103.00 broke above 101.00" in up.rationale
    down = rule.decide(flat([*steady, 99.0]), rule.defaults, Decimal(1))
    assert (down.weight, "fell below 100.00" in down.rationale) == (0, True)


def test_what_is_oversold_is_bought_and_left_when_strength_is_back() -> None:
    rule = strategist("rsi_reversion")
    falling = [200.0 - n for n in range(140)]
    bought = rule.decide(flat(falling), rule.defaults, Decimal(0))
    assert (bought.weight, "RSI fell to 0.0" in bought.rationale) == (1, True)
    rising = [100.0 + n for n in range(140)]
    assert rule.decide(flat(rising), rule.defaults, Decimal(1)).weight == 0


def test_momentum_holds_less_of_what_swings_more() -> None:
    rule = strategist("momentum")
    calm = [100 * 1.0001**n for n in range(200)]
    wild = [price * (1.02 if n % 2 else 1.0) for n, price in enumerate(calm)]
    assert rule.decide(flat(calm), rule.defaults, Decimal(0)).weight == 1
    little = rule.decide(flat(wild), rule.defaults, Decimal(0))
    assert 0 < little.weight < Decimal("0.2")
    falling = list(reversed(calm))
    assert rule.decide(flat(falling), rule.defaults, Decimal(1)).weight == 0
    near = rule.decide(flat(wild), rule.defaults, little.weight + Decimal("0.1"))
    assert near.weight == little.weight + Decimal("0.1")  # inside the band nothing is published


def test_a_close_below_the_band_is_bid_for_with_stop_and_profit() -> None:
    rule = strategist("bollinger_reversion")
    bought = rule.decide(flat([100.0, 101.0] * 20 + [96.0]), rule.defaults, Decimal(0))
    assert bought.weight == 1
    assert bought.limit_price == 96.0
    assert bought.stop_price is not None
    assert bought.take_profit_price is not None
    assert bought.stop_price < 96.0 < bought.take_profit_price
    back = rule.decide(flat([100.0, 101.0] * 20 + [101.0]), rule.defaults, Decimal(1))
    assert back.weight == 0


def test_a_dip_is_bought_in_an_uptrend_only() -> None:
    rule = strategist("dip_buying")
    rising = [100.0 + n for n in range(220)]
    dip = [*rising, 317.0, 314.0, 311.0, 307.0]
    bought = rule.decide(flat(dip), rule.defaults, Decimal(0))
    assert (bought.weight, bought.take_profit_price is not None) == (Decimal("0.8"), True)
    falling = [400.0 - n for n in range(220)]
    assert rule.decide(flat(falling), rule.defaults, Decimal(0)).weight == 0


def test_indicators_equal_cases_computed_by_hand() -> None:
    assert mean([1.0, 2.0, 6.0]) == 3.0
    assert deviation([2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]) == 2.0
    assert true_range([10.0, 12.0, 11.0], [9.0, 10.0, 7.0], [9.5, 11.0, 8.0], 2) == (2.5 + 4.0) / 2
    assert relative_strength([1.0] * 19, 2) == 50.0
    assert relative_strength([float(n) for n in range(19)], 2) == 100.0
    assert volatility([100.0, 101.0, 99.99], 2, 31_536_000) == pytest.approx(0.01)
    zigzag = [10.0, 11.0] * 60
    assert relative_strength(zigzag, 14) == pytest.approx(
        relative_strength(zigzag[-relative_strength_bars(14) :], 14)
    )


def test_windows_stretch_on_short_bars_and_shrink_on_long_ones() -> None:
    parameters = {"fast_bars": 20, "bars": 3, "band_bps": 10, "dip_level": 10}
    assert scaled(parameters, 60) == {"fast_bars": 100, "bars": 15, "band_bps": 10, "dip_level": 32}
    assert scaled(parameters, 300) == {"fast_bars": 60, "bars": 9, "band_bps": 10, "dip_level": 27}
    assert scaled(parameters, 900) == parameters
    assert scaled(parameters, 3600) == {"fast_bars": 6, "bars": 2, "band_bps": 10, "dip_level": 10}
