"""TA-Lib computes the same, to 1e-9, wherever it has the indicator and means the same by it.

It differs, on purpose of either, in four places. Its MACD begins the fast average late, its directional movement
begins with n - 1 values where Wilder's book has n: both are compared once the beginning is forgotten. Where nothing
moved it calls the RSI and the stochastic oscillator 0, we call them 50. Its deviation loses digits, as it subtracts
two large numbers, so the deviation itself is compared on prices less a constant, which has the same.
"""

from pathlib import Path

import numpy as np
import pytest
import talib

from arena.signals.lab.bars import Bars, Floats
from arena.signals.lab.indicators import CATALOGUE, Indicator, compute
from tests.signals.lab.indicators.prices import read, sample_bars

Series = tuple[Floats, ...]
MARKETS = {
    "btc_1h": ("binance-spot-nic/BTCUSDT-1h.parquet", 3600),
    "xrpeth_1m": ("binance-spot-freqtrade/XRPETH-1m.parquet", 60),
    "ada_5m": ("binance-spot-lucaforni/ADAUSDT-5m.parquet", 300),
}


@pytest.fixture(scope="module", params=["sample", *MARKETS])
def market(request: pytest.FixtureRequest) -> Bars:
    if request.param == "sample":
        return sample_bars()
    folder: Path = request.getfixturevalue("shared_data")
    file, interval_s = MARKETS[request.param]
    return read(folder / "candles" / file, interval_s)


def ours(market: Bars, name: str, **parameters: int) -> Series:
    outputs = CATALOGUE[name].outputs
    return tuple(compute(Indicator(name, parameters, output), market) for output in outputs)


def agree(mine: Floats, theirs: Floats, *, scale: float = 0.0, first: int = 0) -> None:
    """Within 1e-9, of the value or of the scale where values pass through zero; both have values at the same bars."""
    begins = int(np.isnan(mine).sum())
    assert np.isnan(mine[:begins]).all()
    assert np.isfinite(theirs[begins:]).all()
    start = max(begins, first)
    assert len(mine) - start > 500
    np.testing.assert_allclose(mine[start:], theirs[start:], rtol=1e-9, atol=scale * 1e-9)


@pytest.mark.parametrize("bars", [2, 5, 20, 200])
def test_averages(market: Bars, bars: int) -> None:
    agree(ours(market, "simple_average", bars=bars)[0], talib.SMA(market.closes, bars))
    agree(ours(market, "exponential_average", bars=bars)[0], talib.EMA(market.closes, bars))


@pytest.mark.parametrize("bars", [2, 14, 50])
def test_the_relative_strength_index(market: Bars, bars: int) -> None:
    mine, theirs = (
        ours(market, "relative_strength_index", bars=bars)[0],
        talib.RSI(market.closes, bars),
    )
    reach = talib.EMA(np.abs(np.diff(market.closes, prepend=market.closes[0])), bars)
    moved = (reach > 1e-9 * market.closes) | np.isnan(mine)
    assert moved.mean() > 0.95
    np.testing.assert_allclose(mine[moved], theirs[moved], rtol=1e-9, atol=1e-7)


@pytest.mark.parametrize(("fast", "slow", "signal"), [(12, 26, 9), (5, 35, 5)])
def test_moving_average_convergence_divergence(
    market: Bars, fast: int, slow: int, signal: int
) -> None:
    parameters = {"fast_bars": fast, "slow_bars": slow, "signal_bars": signal}
    name = "moving_average_convergence_divergence"
    first = CATALOGUE[name].memory(parameters)
    theirs = talib.MACD(market.closes, fast, slow, signal)
    scale = float(market.closes.max()) * 1e-3
    for mine, other in zip(ours(market, name, **parameters), theirs, strict=True):
        agree(mine, other, scale=scale, first=first)


@pytest.mark.parametrize(("bars", "percent"), [(20, 200), (40, 225), (5, 50)])
def test_bollinger_bands(market: Bars, bars: int, percent: int) -> None:
    middle, upper, lower = ours(market, "bollinger_bands", bars=bars, band_pct=percent)
    theirs = talib.BBANDS(market.closes, bars, percent / 100, percent / 100)
    for mine, other in zip((upper, middle, lower), theirs, strict=True):
        agree(mine, other)


@pytest.mark.parametrize("bars", [2, 20, 150])
def test_deviation_and_score(market: Bars, bars: int) -> None:
    """On stretches of which the first price is taken away."""
    for start in range(0, len(market) - 700, 4_999):
        part = market.between(start, start + 700)
        shifted = part.closes - part.closes[0]
        theirs = talib.STDDEV(shifted, bars)
        mine = ours(part, "standard_deviation", bars=bars)[0]
        scale = float(np.abs(shifted).max())
        agree(mine, theirs, scale=scale)
        wide = theirs > scale * 1e-2
        assert wide.any()
        score = (shifted - talib.SMA(shifted, bars)) / np.where(wide, theirs, np.nan)
        np.testing.assert_allclose(
            ours(part, "z_score", bars=bars)[0][wide], score[wide], rtol=1e-9, atol=1e-9
        )


@pytest.mark.parametrize("bars", [1, 14, 60])
def test_true_ranges(market: Bars, bars: int) -> None:
    prices = (market.highs, market.lows, market.closes)
    agree(ours(market, "average_true_range", bars=bars)[0], talib.ATR(*prices, bars))
    plain = (
        np.concatenate(([np.nan], talib.SMA(talib.TRANGE(*prices)[1:], bars)))
        if bars > 1
        else talib.TRANGE(*prices)
    )
    agree(
        ours(market, "mean_true_range", bars=bars)[0],
        plain,
        scale=float(market.closes.max()) * 1e-4,
    )


@pytest.mark.parametrize("bars", [2, 20, 129])
def test_extremes(market: Bars, bars: int) -> None:
    upper, lower, _ = ours(market, "donchian_channel", bars=bars)
    np.testing.assert_array_equal(upper, talib.MAX(market.highs, bars))
    np.testing.assert_array_equal(lower, talib.MIN(market.lows, bars))
    np.testing.assert_array_equal(ours(market, "highest_high", bars=bars)[0], upper)
    np.testing.assert_array_equal(ours(market, "lowest_low", bars=bars)[0], lower)


@pytest.mark.parametrize("bars", [14, 30])
def test_the_keltner_channel_put_together_from_parts(market: Bars, bars: int) -> None:
    middle, upper, lower = ours(market, "keltner_channel", bars=bars, range_bars=10, band_pct=150)
    average = talib.EMA(market.closes, bars)
    reach = talib.ATR(market.highs, market.lows, market.closes, 10)
    agree(middle, average)
    agree(upper, average + 1.5 * reach)
    agree(lower, average - 1.5 * reach)


@pytest.mark.parametrize("bars", [3, 14, 40])
def test_directional_movement_once_its_beginning_is_forgotten(market: Bars, bars: int) -> None:
    first = CATALOGUE["average_directional_index"].memory({"bars": bars})
    lines = ours(market, "average_directional_index", bars=bars)
    prices = (market.highs, market.lows, market.closes)
    for mine, theirs in zip(lines, (talib.ADX, talib.PLUS_DI, talib.MINUS_DI), strict=True):
        agree(mine, theirs(*prices, bars), scale=100, first=first)


@pytest.mark.parametrize(("bars", "smooth", "signal"), [(14, 3, 3), (5, 1, 4), (21, 7, 1)])
def test_the_stochastic_oscillator(market: Bars, bars: int, smooth: int, signal: int) -> None:
    k, d = ours(market, "stochastic_oscillator", bars=bars, smooth_bars=smooth, signal_bars=signal)
    theirs = talib.STOCH(market.highs, market.lows, market.closes, bars, smooth, 0, signal, 0)
    still = (talib.MAX(market.highs, bars) == talib.MIN(market.lows, bars)).astype(float)
    near = talib.SUM(still, smooth + signal) if still.any() else still
    moved = ~(near > 0.5)
    assert moved.mean() > 0.95
    for mine, other in zip((k, d), theirs, strict=True):
        np.testing.assert_allclose(mine[moved], other[moved], rtol=1e-9, atol=1e-7)


@pytest.mark.parametrize("bars", [1, 10, 192])
def test_past_return_and_realised_volatility(market: Bars, bars: int) -> None:
    agree(ours(market, "past_return", bars=bars)[0], talib.ROCP(market.closes, bars), scale=1e-2)
    squares = talib.ROCP(market.closes, 1)[1:] ** 2
    mean = talib.SMA(squares, bars) if bars > 1 else squares
    yearly = np.sqrt(np.maximum(mean, 0) * 365 * 86_400 / market.interval_s)
    scale = float(np.nanmax(yearly))
    agree(ours(market, "realised_volatility", bars=bars)[0][1:], yearly, scale=scale)


@pytest.mark.parametrize("bars", [2, 96])
def test_volume(market: Bars, bars: int) -> None:
    balance = talib.OBV(market.closes, market.volumes)
    change = np.concatenate((np.full(bars, np.nan), balance[bars:] - balance[:-bars]))
    agree(
        ours(market, "on_balance_volume", bars=bars)[0], change, scale=float(np.abs(balance).max())
    )
    typical = talib.TYPPRICE(market.highs, market.lows, market.closes)
    volume = talib.SUM(market.volumes, bars)
    traded = volume > market.volumes.max() * 1e-6
    mine = ours(market, "volume_weighted_average_price", bars=bars)[0]
    theirs = talib.SUM(typical * market.volumes, bars)[traded] / volume[traded]
    np.testing.assert_allclose(mine[traded], theirs, rtol=1e-9)


def test_every_indicator_is_compared_here_or_in_plain_python() -> None:
    here = Path(__file__)
    words = here.read_text() + here.with_name("test_plain_definitions.py").read_text()
    assert [name for name in CATALOGUE if f'"{name}"' not in words] == []
