"""An instrument, the rules and an account's cash in the whole numbers the compiled engine counts in."""

from decimal import Decimal
from typing import NamedTuple, Self

import numpy as np

from arena.kit.errors import Refused
from arena.signals.lab.bars import Bars, Floats, Whole
from arena.signals.lab.bounds import Bounds
from arena.trading.market import Instrument
from arena.trading.venues import Rules

PLACES = 8
"""Decimals of a base balance and of a fee, as record.md has them."""
WORD = 9.0e18
"""The largest number counted in; above it 64 bits are not enough."""


class TooLarge(Refused):
    """{symbol} at {cash} is more than 64 bits can count to the last unit. Start with less cash."""


class OffTick(Refused):
    """The bar of {symbol} at {index} has a price that is no multiple of the tick {tick}."""


class Ticks(NamedTuple):
    """Bars as the engine reads them: prices in ticks, volumes in steps, and the closes as they came."""

    open_ms: Whole
    opens: Whole
    highs: Whole
    lows: Whole
    closes: Whole
    volumes: Floats
    close_prices: Floats


class Units(NamedTuple):
    """Cash counts the units in which a step at a tick and a fee are whole; base balances count 10^-8."""

    interval_ms: int
    latency_ms: int
    fee_maker_bps: int
    fee_taker_bps: int
    half_spread_bps: int
    participation_bps: int
    reserve_bps: int
    rebalance_bps: int
    tick: float
    tick_numerator: int
    tick_denominator: int
    """The tick as a fraction."""
    impact_y: float
    cash_unit: float
    """Cash units in one of the quote asset."""
    step_units: int
    """Base units in a step."""
    step_worth: int
    """Cash units of a step at one tick."""
    base_worth: int
    base_divisor: int
    """A base unit at one tick is worth this many cash units, as a fraction."""
    fee_unit: int
    """Cash units in 10^-8 of the quote asset, the unit of a fee."""
    notional_min: int
    """In cash units, rounded up."""
    drawdown_max: float
    order_max: float
    """In cash units, 0 for no bound."""

    @classmethod
    def of(cls, instrument: Instrument, interval_s: int, rules: Rules, bounds: Bounds) -> Self:
        tick, step = instrument.tick, instrument.step
        digits = max(PLACES, _digits(tick) + _digits(step))
        base = (tick.scaleb(digits - PLACES)).as_integer_ratio()
        notional_min = instrument.notional_min.scaleb(digits)
        return cls(
            interval_ms=interval_s * 1000,
            latency_ms=rules.latency_ms,
            fee_maker_bps=rules.fee_maker_bps,
            fee_taker_bps=rules.fee_taker_bps,
            half_spread_bps=rules.half_spread_bps,
            participation_bps=rules.participation_bps,
            reserve_bps=rules.reserve_bps,
            rebalance_bps=rules.rebalance_bps,
            tick=float(tick),
            tick_numerator=tick.as_integer_ratio()[0],
            tick_denominator=tick.as_integer_ratio()[1],
            impact_y=float(rules.impact_y),
            cash_unit=float(10**digits),
            step_units=int(step.scaleb(PLACES)),
            step_worth=int((tick * step).scaleb(digits)),
            base_worth=base[0],
            base_divisor=base[1],
            fee_unit=10 ** (digits - PLACES),
            notional_min=int(notional_min.to_integral_value(rounding="ROUND_CEILING")),
            drawdown_max=bounds.drawdown_max,
            order_max=float((bounds.order_notional_max or Decimal(0)).scaleb(digits)),
        )


def ticks_of(bars: Bars) -> Ticks:
    """Raises OffTick where a price is no multiple of the tick."""
    opens, highs, lows, closes = (
        _ticks(bars, prices) for prices in (bars.opens, bars.highs, bars.lows, bars.closes)
    )
    volumes = bars.volumes / float(bars.instrument.step)
    return Ticks(bars.open_ms, opens, highs, lows, closes, volumes, bars.closes)


def _ticks(bars: Bars, prices: Floats) -> Whole:
    quotients = prices / float(bars.instrument.tick)
    counts = np.rint(quotients)
    off = np.abs(quotients - counts) > np.maximum(1e-6, counts * 1e-12)
    if off.any():
        raise OffTick(
            symbol=bars.instrument.symbol, index=int(np.argmax(off)), tick=bars.instrument.tick
        )
    return counts.astype(np.int64)


def cash_units(cash: Decimal, bars: Bars, units: Units) -> int:
    """The cash in units. Raises TooLarge where a hundredfold of it, or a price, could overflow."""
    counted = int(cash * int(units.cash_unit))
    highest = float(bars.highs.max()) / units.tick
    if counted > WORD / 100 or highest * units.step_worth * 10_000 * 10_000 > WORD:
        raise TooLarge(symbol=bars.instrument.symbol, cash=cash)
    return counted


def _digits(unit: Decimal) -> int:
    exponent = unit.normalize().as_tuple().exponent
    assert isinstance(exponent, int), "ticks and steps are finite"
    return max(0, -exponent)
