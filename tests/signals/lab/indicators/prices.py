"""Bars to compute indicators on: the sample's, recorded ones, and made ones that no market would show."""

from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl

from arena.signals.lab.bars import Bars
from arena.signals.lab.indicators import CATALOGUE, Indicator, compute
from arena.trading.market import SAMPLE_FILE, Instrument

ANY = Instrument("ANY-USD", "ANY", "USD", Decimal("0.01"), Decimal("0.00001"), Decimal(5))
SHAPES = ("walk", "still", "jumps", "falls", "tiny")


@cache
def read(path: Path, interval_s: int) -> Bars:
    frame = pl.read_parquet(path)
    return Bars.of(ANY, interval_s, {name: frame[name].to_numpy() for name in frame.columns})


def sample_bars() -> Bars:
    return read(SAMPLE_FILE, 900)


def made(shape: str, count: int, seed: int, *, interval_s: int = 3600) -> Bars:
    """Prices on ticks of a cent; bars are missing and volumes zero here and there. One seed, one series."""
    chance = np.random.default_rng(seed)
    moves = {
        "walk": chance.normal(0, 0.01, count),
        "still": np.zeros(count),
        "jumps": chance.normal(0, 0.2, count) * (chance.random(count) < 0.2),
        "falls": chance.normal(-0.01, 0.03, count),
        "tiny": chance.choice([-1e-6, 0, 1e-6], count),
    }[shape]
    closes = np.maximum(np.round(30_000 * np.exp(np.cumsum(moves)), 2), 0.01)
    opens = np.concatenate((closes[:1], closes[:-1]))
    reach = 0.0 if shape == "still" else 0.004
    highs = np.round(np.maximum(opens, closes) * (1 + reach * chance.random(count)), 2)
    lows = np.round(np.minimum(opens, closes) * (1 - reach * chance.random(count)), 2)
    volumes = np.round(chance.exponential(10, count), 5) * (chance.random(count) < 0.7)
    steps = np.where(chance.random(count) < 0.05, chance.integers(2, 30, count), 1)
    return Bars.of(
        ANY, interval_s,
        {
            "open_ms": 1_600_000_000_000 // (interval_s * 1000) * interval_s * 1000
            + np.cumsum(steps) * interval_s * 1000,
            "open": opens, "high": np.maximum(highs, np.maximum(opens, closes)),
            "low": np.maximum(np.minimum(lows, np.minimum(opens, closes)), 0.01),
            "close": closes, "volume": volumes,
        },
    )  # fmt: skip


def small(name: str, bars: int) -> dict[str, int]:
    """Parameters of an indicator with windows of about so many bars."""
    ranges = CATALOGUE[name].parameters
    return {
        key: max(allowed.low, bars + place) if allowed.unit == "bars" else allowed.default
        for place, (key, allowed) in enumerate(ranges.items())
    }


def every_output(name: str, parameters: dict[str, int], bars: Bars) -> dict[str, np.ndarray]:
    """All series of an indicator by output."""
    outputs = CATALOGUE[name].outputs
    return {output: compute(Indicator(name, parameters, output), bars) for output in outputs}


def without_a_future(bars: Bars, at: int, seed: int) -> Bars:
    """The same bars up to and with `at`; what comes after is another market's."""
    other = made("jumps", len(bars), seed, interval_s=bars.interval_s)
    fields = ("opens", "highs", "lows", "closes", "volumes")
    return replace(
        bars,
        **{
            name: np.concatenate((getattr(bars, name)[: at + 1], getattr(other, name)[at + 1 :]))
            for name in fields
        },
    )
