"""A sweep over recorded prices: the figures that the reference page shows, each statistic with its own view of them."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from arena.signals.lab import luck
from tests.signals.lab.luck.noise import Floats

FAST, SLOW = range(5, 100, 5), range(100, 1000, 50)


@pytest.mark.slow
def test_a_sweep_of_crossings_beats_cash_and_its_twins_and_not_the_market(
    shared_data: Path,
) -> None:
    """342 crossings of moving averages on 58,419 hours of BTCUSDT, long or flat, ten basis points a side."""
    path = shared_data / "candles" / "binance-spot-nic" / "BTCUSDT-1h.parquet"
    if not path.is_file():
        pytest.skip("the hourly bars of BTCUSDT are not here")
    closes = pl.read_parquet(path)["close"].to_numpy().astype(np.float64)
    moves = np.diff(closes, prepend=closes[0]) / np.roll(closes, 1)
    weights = _crossings(closes)
    hours = luck.quick_returns(weights, moves, fee_bps=10)
    days, market = _days(hours).T, _days(moves[None, :])[0]
    ratios = days.mean(axis=0) / days.std(axis=0, ddof=1)
    best = int(ratios.argmax())
    trials = luck.trial_set(days)
    deflated = luck.deflated_sharpe(days[:, best], trials)
    assert ratios[best] * 365**0.5 == pytest.approx(1.55, abs=0.01)
    assert trials.effective == pytest.approx(2.4, abs=0.1)
    assert deflated.value == pytest.approx(0.999, abs=0.001)
    assert luck.backtest_overfitting(days).probability == pytest.approx(0.26, abs=0.01)
    cash = luck.superior_ability(days, seed=1)
    held = luck.superior_ability(days, seed=1, benchmark=market)
    assert cash is not None
    assert held is not None
    assert cash.consistent < 0.01
    assert held.consistent == pytest.approx(0.14, abs=0.03)
    assert luck.haircut(ratios, len(days)).share == pytest.approx(0.40, abs=0.01)
    twins = luck.twin_plans(weights[best], 200, seed=1, since=max(SLOW))
    theirs = np.log1p(luck.quick_returns(twins, moves, fee_bps=10)).sum(axis=1)
    assert luck.percentile_among(float(np.log1p(hours[best]).sum()), theirs) == 1.0


def _crossings(closes: Floats) -> np.ndarray[tuple[int, int], np.dtype[np.int8]]:
    """In where the fast average is above the slow one; flat while there is none."""
    sums = np.concatenate(([0.0], np.cumsum(closes)))
    averages = {}
    for bars in {*FAST, *SLOW}:
        averages[bars] = np.full(len(closes), np.nan)
        averages[bars][bars - 1 :] = (sums[bars:] - sums[:-bars]) / bars
    return np.array(
        [(averages[f] > averages[s]).astype(np.int8) for f in FAST for s in SLOW], dtype=np.int8
    )


def _days(hours: Floats) -> Floats:
    """Of 24 bars each."""
    places = np.arange(0, hours.shape[1], 24)
    found: Floats = np.expm1(np.add.reduceat(np.log1p(hours), places, axis=1))
    return found
