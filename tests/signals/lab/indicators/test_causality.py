"""A value rests on the bars up to its own, on a known number of them, and every market gives one."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arena.signals.lab.bars import Bars
from arena.signals.lab.indicators import CATALOGUE, Indicator, bars_needed, compute
from tests.signals.lab.indicators.prices import (
    SHAPES,
    every_output,
    made,
    read,
    sample_bars,
    small,
    without_a_future,
)

NAMES = sorted(CATALOGUE)
IN_PERCENT = {"relative_strength_index", "stochastic_oscillator", "average_directional_index"}
SEEDS = st.integers(0, 2**32 - 1)


def tolerance(name: str, bars: Bars) -> float:
    """What rounding may do to a value near zero: of the price, or of the scale it is measured on."""
    if name in IN_PERCENT:
        return 1e-9
    if name in ("past_return", "realised_volatility", "z_score"):
        return 1e-10
    if name == "on_balance_volume":
        return float(bars.volumes.max()) * 1e-12
    return float(bars.closes.max()) * 1e-12


@pytest.mark.parametrize("name", NAMES)
@given(shape=st.sampled_from(SHAPES), seed=SEEDS, bars=st.integers(1, 30), part=st.floats(0, 1))
@settings(max_examples=25, deadline=None)
def test_another_future_changes_nothing(
    name: str, shape: str, seed: int, bars: int, part: float
) -> None:
    market = made(shape, 120, seed)
    at = int(part * 119)
    cut, other = market.until(at + 1), without_a_future(market, at, seed + 1)
    whole = every_output(name, small(name, bars), market)
    for changed in (cut, other):
        for output, values in every_output(name, small(name, bars), changed).items():
            np.testing.assert_array_equal(values[: at + 1], whole[output][: at + 1])


@pytest.mark.parametrize("name", NAMES)
@given(shape=st.sampled_from(SHAPES), seed=SEEDS, bars=st.integers(1, 40), count=st.integers(1, 80))
@settings(max_examples=25, deadline=None)
def test_there_is_a_number_at_every_bar_once_it_has_begun(
    name: str, shape: str, seed: int, bars: int, count: int
) -> None:
    parameters = small(name, bars)
    begins = CATALOGUE[name].warm_up(parameters)
    for values in every_output(name, parameters, made(shape, count, seed)).values():
        assert values.dtype == np.float64
        assert len(values) == count
        assert np.isnan(values[:begins]).all()
        assert np.isfinite(values[begins:]).all()


@pytest.mark.parametrize("name", NAMES)
@given(shape=st.sampled_from(("walk", "falls", "jumps")), seed=SEEDS, bars=st.integers(1, 6))
@settings(max_examples=25, deadline=None)
def test_the_bars_of_its_memory_give_the_value_of_the_whole_history(
    name: str, shape: str, seed: int, bars: int
) -> None:
    market, parameters = made(shape, 700, seed), small(name, bars)
    memory = CATALOGUE[name].memory(parameters, market.interval_s)
    assert memory < 690
    agree(name, parameters, market, [memory - 1, memory, 650, 699])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("bars", [2, 14, 60])
def test_the_bars_of_its_memory_suffice_on_recorded_prices(name: str, bars: int) -> None:
    market, parameters = sample_bars(), small(name, bars)
    memory = CATALOGUE[name].memory(parameters, market.interval_s)
    agree(name, parameters, market, range(memory - 1, len(market), 499))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("file", "interval_s"),
    [
        ("binance-spot-nic/BTCUSDT-1h.parquet", 3600),
        ("binance-spot-freqtrade/XRPETH-1m.parquet", 60),
        ("binance-spot-lucaforni/ADAUSDT-5m.parquet", 300),
    ],
)
def test_the_bars_of_its_memory_suffice_through_gaps_and_halts(
    name: str, file: str, interval_s: int, shared_data: Path
) -> None:
    market = read(shared_data / "candles" / file, interval_s)
    for bars in (5, 21):
        memory = CATALOGUE[name].memory(small(name, bars), interval_s)
        step = max(1, (len(market) - memory) // 150)
        agree(name, small(name, bars), market, range(memory - 1, len(market), step))


def agree(name: str, parameters: dict[str, int], market: Bars, places: Iterable[int]) -> None:
    memory = CATALOGUE[name].memory(parameters, market.interval_s)
    whole = every_output(name, parameters, market)
    for at in places:
        window = market.between(at - memory + 1, at + 1)
        for output, values in every_output(name, parameters, window).items():
            assert values[-1] == pytest.approx(
                whole[output][at], rel=1e-9, abs=tolerance(name, window)
            ), f"{output} at {at}"


def test_sums_of_prices_are_exact_however_long_the_history() -> None:
    """So that a strategy with a window in memory decides as a sweep over years does, to the last bit."""
    market = sample_bars()
    for name in ("simple_average", "on_balance_volume", "highest_high", "realised_volatility"):
        whole = compute(Indicator(name, {"bars": 48}), market)
        for at in range(200, len(market), 611):
            window = compute(Indicator(name, {"bars": 48}), market.between(at - 48, at + 1))
            assert window[-1] == whole[at]


def test_a_market_that_does_not_move_has_no_spread_and_no_direction() -> None:
    market = made("still", 100, 1)
    at_rest = {
        ("z_score", "score"): 0, ("standard_deviation", "deviation"): 0, ("past_return", "change"): 0,
        ("relative_strength_index", "index"): 50, ("stochastic_oscillator", "k"): 50,
        ("average_directional_index", "index"): 0, ("average_directional_index", "plus"): 0,
        ("average_true_range", "range"): 0, ("realised_volatility", "volatility"): 0,
        ("on_balance_volume", "volume"): 0, ("exponential_average", "average"): 30_000,
        ("simple_average", "average"): 30_000, ("bollinger_bands", "upper"): 30_000,
        ("keltner_channel", "lower"): 30_000, ("donchian_channel", "middle"): 30_000,
        ("moving_average_convergence_divergence", "histogram"): 0,
        ("volume_weighted_average_price", "price"): pytest.approx(30_000, rel=1e-14),
    }  # fmt: skip
    for (name, output), value in at_rest.items():
        assert compute(Indicator(name, small(name, 9), output), market)[-1] == value, name


def test_a_market_that_has_come_to_rest_forgets_how_it_moved() -> None:
    closes = np.concatenate((made("walk", 100, 3).closes, np.full(1_400, 20_000.0)))
    volumes = np.concatenate((np.full(100, 1e6), np.zeros(1_400)))
    market = Bars.of(
        made("still", 1, 1).instrument, 60,
        {
            "open_ms": np.arange(1_500) * 60_000, "open": closes, "high": closes, "low": closes,
            "close": closes, "volume": volumes,
        },
    )  # fmt: skip
    settled = {
        "relative_strength_index": 50, "average_directional_index": pytest.approx(0, abs=1e-9),
        "standard_deviation": 0, "realised_volatility": 0, "on_balance_volume": 0,
        "volume_weighted_average_price": 20_000, "z_score": 0,
    }  # fmt: skip
    for name, value in settled.items():
        assert compute(Indicator(name, small(name, 14)), market)[-1] == value, name


def test_the_bars_a_set_needs_are_those_of_its_longest_memory() -> None:
    fast, slow = Indicator("simple_average", {"bars": 20}), Indicator("past_return", {"bars": 192})
    assert bars_needed({"fast": fast, "slow": slow}, 900) == 193
    assert bars_needed({"day": Indicator("daily_volume_weighted_average_price", {})}, 900) == 96
    assert bars_needed({}, 900) == 1
