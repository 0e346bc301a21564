"""Indicators that weigh prices by what traded."""

import numpy as np

from arena.signals.lab.bars import Bars, Floats
from arena.signals.lab.indicators.averages import mean_of
from arena.signals.lab.indicators.kernels import rolling_sum, sealed, weighted_by_day
from arena.signals.lab.indicators.model import Parameters
from arena.signals.lab.indicators.ranges import after_first


def typical(bars: Bars) -> Floats:
    return sealed((bars.highs + bars.lows + bars.closes) / 3)


def on_balance_volume(bars: Bars, given: Parameters) -> tuple[Floats, ...]:
    signed = sealed(np.sign(np.diff(bars.closes)) * bars.volumes[1:])
    return (after_first(rolling_sum(signed, given["bars"])),)


def volume_weighted_average_price(bars: Bars, given: Parameters) -> tuple[Floats, ...]:
    price, count = typical(bars), given["bars"]
    volume = rolling_sum(bars.volumes, count)
    average = mean_of(price, count).copy()
    worth = rolling_sum(sealed(price * bars.volumes), count)
    np.divide(worth, volume, out=average, where=volume > 0)
    return (average,)


def daily_volume_weighted_average_price(bars: Bars, given: Parameters) -> tuple[Floats, ...]:
    del given
    return (weighted_by_day(bars.open_ms, typical(bars), bars.volumes),)


FORMULAS = {
    "on_balance_volume": on_balance_volume,
    "volume_weighted_average_price": volume_weighted_average_price,
    "daily_volume_weighted_average_price": daily_volume_weighted_average_price,
}
