"""Bars and strategies for the tests of the Lab."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

import numpy as np
import polars as pl

from arena.signals.lab.bars import Bars, Floats
from arena.signals.lab.strategy import Parameters, Plan, Range, Table, Target, View, nothing
from arena.trading.market import Instrument

BTC = Instrument("BTCUSDT", "BTC", "USDT", Decimal("0.01"), Decimal("0.00001"), Decimal(5))
COIN = Instrument("COINUSDT", "COIN", "USDT", Decimal("0.0005"), Decimal("0.1"), Decimal(10))
START_MS = 1_600_000_200_000 // 3_600_000 * 3_600_000


def hourly_btc(shared_data: Path) -> Bars:
    """BTCUSDT by the hour since August 2017, 58,419 bars with the gaps of the exchange's outages."""
    return read(shared_data / "candles/binance-spot-nic/BTCUSDT-1h.parquet", BTC, 3600)


def read(path: Path, instrument: Instrument, interval_s: int) -> Bars:
    frame = pl.read_parquet(path)
    return Bars.of(instrument, interval_s, {name: frame[name].to_numpy() for name in frame.columns})


def wandering(
    seed: int, count: int = 1_000, instrument: Instrument = BTC, *, price: float = 50_000.0,
    swing: float = 0.01, volume: float = 500.0, gaps: float = 0.02, quiet: float = 0.02,
) -> Bars:  # fmt: skip
    """A random walk on the instrument's ticks, with missing bars and bars without volume."""
    chance = np.random.default_rng(seed)
    tick = float(instrument.tick)
    closes = price * np.exp(np.cumsum(chance.normal(0, swing, count)))
    opens = np.concatenate(([price], closes[:-1])) * np.exp(chance.normal(0, swing / 10, count))
    highs = np.maximum(opens, closes) * np.exp(np.abs(chance.normal(0, swing / 2, count)))
    lows = np.minimum(opens, closes) * np.exp(-np.abs(chance.normal(0, swing / 2, count)))
    volumes = np.round(volume * chance.lognormal(0, 1, count), 5) * (chance.random(count) > quiet)
    kept = chance.random(count) > gaps
    on_tick = {
        name: _on_tick(values, tick, instrument)[kept]
        for name, values in (("open", opens), ("high", highs), ("low", lows), ("close", closes))
    }
    stamps = START_MS + np.arange(count)[kept] * 3_600_000
    return Bars.of(instrument, 3600, {"ts": stamps, **on_tick, "volume": volumes[kept]})


def _on_tick(values: Floats, tick: float, instrument: Instrument) -> Floats:
    """The floats that the exact multiples of the tick are spelled as."""
    return np.array(
        [float(Decimal(max(int(n), 1)) * instrument.tick) for n in np.rint(values / tick)]
    )


def average(values: Floats, bars: int) -> Floats:
    """A simple average, NaN at first."""
    sums = np.concatenate(([0.0], np.cumsum(values)))
    found = nothing(len(values))
    found[bars - 1 :] = (sums[bars:] - sums[:-bars]) / bars
    return found


class Crossing:
    """Long above a slow average, with every kind of order by its parameters; for tests of the engines."""

    name = "crossing"
    about = "Long while the fast average is above the slow one."
    ranges: ClassVar[Mapping[str, Range]] = {
        "fast": Range(5, 2, 200), "slow": Range(20, 3, 500), "weight_pct": Range(100, 1, 100),
        "limit_bps": Range(0, 0, 500), "stop_bps": Range(0, 0, 5_000), "profit_bps": Range(0, 0, 5_000),
        "valid_bars": Range(4, 1, 50),
    }  # fmt: skip

    def indicators(self, parameters: Parameters) -> Mapping[str, object]:
        return {}

    def series(self, bars: Bars, parameters: Parameters) -> dict[str, Floats]:
        return {name: average(bars.closes, parameters[name]) for name in ("fast", "slow")}

    def on_bar(self, view: View, parameters: Parameters, weight: Decimal) -> Target | None:
        fast, slow = view["fast"][-1], view["slow"][-1]
        if weight == 0 and fast > slow:
            close = view.closes[-1]
            limit, stop, profit = (
                parameters[name] and close * (1 + sign * parameters[name] / 10_000)
                for name, sign in (("limit_bps", -1), ("stop_bps", -1), ("profit_bps", 1))
            )
            return Target(
                Decimal(parameters["weight_pct"]) / 100, Decimal("0.5"), "It crossed.",
                limit_price=limit or None, stop_price=stop or None, take_profit_price=profit or None,
                valid_bars=parameters["valid_bars"],
            )  # fmt: skip
        if weight > 0 and fast < slow:
            return Target(Decimal(0), Decimal("0.5"), "It crossed back.")
        return None

    def plan(self, table: Table, parameters: Parameters) -> Plan:
        fast, slow, closes = table["fast"], table["slow"], table.closes
        prices = {
            name: closes * (1 + sign * parameters[key] / 10_000) if parameters[key] else None
            for name, key, sign in (
                ("limit_prices", "limit_bps", -1), ("stop_prices", "stop_bps", -1),
                ("take_profit_prices", "profit_bps", 1),
            )
        }  # fmt: skip
        return Plan(
            np.where(fast > slow, parameters["weight_pct"] / 100, np.nan),
            np.where(fast < slow, 0.0, np.nan),
            valid_bars=parameters["valid_bars"], **prices,
        )  # fmt: skip
