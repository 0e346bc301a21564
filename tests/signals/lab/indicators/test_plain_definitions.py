"""The formulas a second time, bar by bar in plain Python, from the first value on; sums are exact fractions."""

import math
from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
import pytest

from arena.signals.lab.bars import Bars
from arena.signals.lab.indicators import CATALOGUE, Indicator, compute
from tests.signals.lab.indicators.prices import made, sample_bars

BARS = 7


def mean(values: Sequence[float]) -> float:
    return float(sum(map(Fraction, values)) / len(values))


def deviation(values: Sequence[float]) -> float:
    middle = sum(map(Fraction, values)) / len(values)
    return math.sqrt(sum((Fraction(value) - middle) ** 2 for value in values) / len(values))


def smoothed(values: Sequence[float], bars: int, share: float) -> list[float]:
    """From the mean of the first `bars` on; one value for each of them that is left."""
    series = [mean(values[:bars])]
    for value in values[bars:]:
        series.append(series[-1] * (1 - share) + value * share)
    return series


def exponential(values: Sequence[float], bars: int) -> list[float]:
    return smoothed(values, bars, 2 / (bars + 1))


def wilder(values: Sequence[float], bars: int) -> list[float]:
    return smoothed(values, bars, 1 / bars)


def true_ranges(market: Bars) -> list[float]:
    rows = zip(market.highs[1:], market.lows[1:], market.closes[:-1], strict=True)
    return [max(high - low, abs(high - before), abs(low - before)) for high, low, before in rows]


def windows(values: Sequence[float], bars: int) -> list[Sequence[float]]:
    return [values[end - bars : end] for end in range(bars, len(values) + 1)]


def macd(market: Bars) -> dict[str, list[float]]:
    fast, slow = exponential(market.closes, BARS), exponential(market.closes, BARS + 1)
    line = [a - b for a, b in zip(fast[1:], slow, strict=True)]
    signal = exponential(line, BARS + 2)
    return {
        "line": line[BARS + 1 :],
        "signal": signal,
        "histogram": [a - b for a, b in zip(line[BARS + 1 :], signal, strict=True)],
    }


def keltner(market: Bars) -> dict[str, list[float]]:
    middle = exponential(market.closes, BARS)[2:]
    band = [2 * reach for reach in wilder(true_ranges(market), BARS + 1)]
    return {
        "middle": middle,
        "upper": [a + b for a, b in zip(middle, band, strict=True)],
        "lower": [a - b for a, b in zip(middle, band, strict=True)],
    }


def directional(market: Bars) -> dict[str, list[float]]:
    """As Wilder's work sheet does it: sums of n, then less an n-th plus the new one."""
    plus_moves, minus_moves = [], []
    for at in range(1, len(market)):
        up = market.highs[at] - market.highs[at - 1]
        down = market.lows[at - 1] - market.lows[at]
        plus_moves.append(up if up > max(down, 0) else 0.0)
        minus_moves.append(down if down > max(up, 0) else 0.0)
    moves = (plus_moves, minus_moves, true_ranges(market))
    sums = [[math.fsum(series[:BARS])] for series in moves]
    for at in range(BARS, len(market) - 1):
        for series, total in zip(moves, sums, strict=True):
            total.append(total[-1] - total[-1] / BARS + series[at])
    plus = [100 * a / b if b else 0.0 for a, b in zip(sums[0], sums[2], strict=True)]
    minus = [100 * a / b if b else 0.0 for a, b in zip(sums[1], sums[2], strict=True)]
    pairs = list(zip(plus, minus, strict=True))
    index = wilder([100 * abs(p - m) / (p + m) if p + m else 0.0 for p, m in pairs], BARS)
    return {"index": index, "plus": plus[BARS - 1 :], "minus": minus[BARS - 1 :]}


def strength(market: Bars) -> dict[str, list[float]]:
    changes = np.diff(market.closes)
    gains = wilder([max(change, 0.0) for change in changes], BARS)
    losses = wilder([max(-change, 0.0) for change in changes], BARS)
    return {"index": [100 - 100 / (1 + g / v) for g, v in zip(gains, losses, strict=True)]}


def stochastic(market: Bars) -> dict[str, list[float]]:
    raw = []
    for end in range(BARS, len(market) + 1):
        high, low = max(market.highs[end - BARS : end]), min(market.lows[end - BARS : end])
        raw.append(100 * (market.closes[end - 1] - low) / (high - low))
    k = [mean(window) for window in windows(raw, BARS + 1)]
    return {"k": k[BARS + 1 :], "d": [mean(window) for window in windows(k, BARS + 2)]}


def spread(market: Bars) -> dict[str, list[float]]:
    return {"deviation": [deviation(window) for window in windows(market.closes, BARS)]}


def score(market: Bars) -> dict[str, list[float]]:
    cut = windows(market.closes, BARS)
    return {"score": [(window[-1] - mean(window)) / deviation(window) for window in cut]}


def swing(market: Bars) -> dict[str, list[float]]:
    pairs = zip(market.closes[1:], market.closes[:-1], strict=True)
    squares = [(new / old - 1) ** 2 for new, old in pairs]
    year = 365 * 24 * 3600 / market.interval_s
    return {"volatility": [math.sqrt(mean(window) * year) for window in windows(squares, BARS)]}


def balance(market: Bars) -> dict[str, list[float]]:
    """Granville's line from the first bar, and how far it went over the window."""
    line = [0.0]
    for at in range(1, len(market)):
        sign = float(np.sign(market.closes[at] - market.closes[at - 1]))
        line.append(line[-1] + sign * market.volumes[at])
    return {"volume": [line[at] - line[at - BARS] for at in range(BARS, len(line))]}


def weighted(prices: Sequence[float], volumes: Sequence[float]) -> float:
    if not any(volumes):
        return mean(prices)
    products = sum(Fraction(p) * Fraction(v) for p, v in zip(prices, volumes, strict=True))
    return float(products / sum(map(Fraction, volumes)))


def typical(market: Bars) -> list[float]:
    return list((market.highs + market.lows + market.closes) / 3)


def volume_weighted(market: Bars) -> dict[str, list[float]]:
    pairs = zip(windows(typical(market), BARS), windows(market.volumes, BARS), strict=True)
    return {"price": [weighted(prices, volumes) for prices, volumes in pairs]}


def volume_weighted_by_day(market: Bars) -> dict[str, list[float]]:
    days, prices = market.open_ms // 86_400_000, typical(market)
    series = []
    for at in range(len(market)):
        first = min(i for i in range(at + 1) if days[i] == days[at])
        series.append(weighted(prices[first : at + 1], market.volumes[first : at + 1]))
    return {"price": series}


DEFINITIONS: dict[str, Callable[[Bars], dict[str, list[float]]]] = {
    "moving_average_convergence_divergence": macd,
    "relative_strength_index": strength,
    "stochastic_oscillator": stochastic,
    "standard_deviation": spread,
    "z_score": score,
    "realised_volatility": swing,
    "keltner_channel": keltner,
    "average_directional_index": directional,
    "on_balance_volume": balance,
    "volume_weighted_average_price": volume_weighted,
    "daily_volume_weighted_average_price": volume_weighted_by_day,
}


@pytest.mark.parametrize("name", DEFINITIONS)
@pytest.mark.parametrize("market", [made("walk", 300, 11), sample_bars().between(4_000, 4_300)])
def test_the_formula_written_a_second_time_gives_the_same(name: str, market: Bars) -> None:
    ranges = CATALOGUE[name].parameters
    parameters = {
        key: BARS + place if allowed.unit == "bars" else allowed.default
        for place, (key, allowed) in enumerate(ranges.items())
    }
    expected = DEFINITIONS[name](market)
    assert set(expected) == set(CATALOGUE[name].outputs)
    for output, values in expected.items():
        mine = compute(Indicator(name, parameters, output), market)
        begins = CATALOGUE[name].warm_up(parameters)
        assert len(values) == len(market) - begins, output
        np.testing.assert_allclose(mine[begins:], values, rtol=1e-10, atol=1e-9, err_msg=output)


def test_a_mean_of_prices_is_the_exact_one_rounded_once() -> None:
    """To the last bit, so that a threshold is crossed here wherever the exact mean crosses it."""
    market = sample_bars()
    for bars in (3, 80, 700):
        means = compute(Indicator("simple_average", {"bars": bars}), market)
        for at in range(bars - 1, len(market), 37):
            assert means[at] == math.fsum(market.closes[at - bars + 1 : at + 1]) / bars


def test_a_deviation_is_right_where_it_is_a_ten_millionth_of_the_price() -> None:
    """Where the difference of two large sums in doubles would hold no digit of it."""
    market = made("tiny", 400, 5)
    spreads = compute(Indicator("standard_deviation", {"bars": 20}), market)
    for at in range(19, 400):
        exact = deviation(market.closes[at - 19 : at + 1])
        assert spreads[at] == pytest.approx(exact, rel=1e-9)
