"""Channels and bands around the price, and how far the price lies from its mean."""

import numpy as np

from arena.signals.lab.bars import Bars, Floats
from arena.signals.lab.indicators.averages import exponential_of
from arena.signals.lab.indicators.kernels import rolling_highest, rolling_moments, sealed
from arena.signals.lab.indicators.model import Parameters
from arena.signals.lab.indicators.ranges import true_range, wilder


def highest_of(bars: Bars, count: int) -> Floats:
    return rolling_highest(bars.highs, count)


def lowest_of(bars: Bars, count: int) -> Floats:
    return -rolling_highest(sealed(-bars.lows), count)


def standard_deviation(bars: Bars, given: Parameters) -> tuple[Floats, ...]:
    return (rolling_moments(bars.closes, given["bars"])[1],)


def z_score(bars: Bars, given: Parameters) -> tuple[Floats, ...]:
    mean, deviation = rolling_moments(bars.closes, given["bars"])
    score = np.where(np.isnan(mean), np.nan, 0.0)
    np.divide(bars.closes - mean, deviation, out=score, where=deviation > 0)
    return (score,)


def bollinger_bands(bars: Bars, given: Parameters) -> tuple[Floats, ...]:
    middle, deviation = rolling_moments(bars.closes, given["bars"])
    band = deviation * given["band_pct"] / 100
    return middle, middle + band, middle - band


def highest_high(bars: Bars, given: Parameters) -> tuple[Floats, ...]:
    return (highest_of(bars, given["bars"]),)


def lowest_low(bars: Bars, given: Parameters) -> tuple[Floats, ...]:
    return (lowest_of(bars, given["bars"]),)


def donchian_channel(bars: Bars, given: Parameters) -> tuple[Floats, ...]:
    upper, lower = highest_of(bars, given["bars"]), lowest_of(bars, given["bars"])
    return upper, lower, (upper + lower) / 2


def keltner_channel(bars: Bars, given: Parameters) -> tuple[Floats, ...]:
    middle = exponential_of(bars.closes, given["bars"])
    band = wilder(true_range(bars), given["range_bars"]) * given["band_pct"] / 100
    begun = np.where(np.isnan(band), np.nan, middle)
    return begun, middle + band, middle - band


FORMULAS = {
    "standard_deviation": standard_deviation,
    "z_score": z_score,
    "bollinger_bands": bollinger_bands,
    "highest_high": highest_high,
    "lowest_low": lowest_low,
    "donchian_channel": donchian_channel,
    "keltner_channel": keltner_channel,
}
