"""Ten thousand records at once give each what it gets alone."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from arena.trading.performance.sharpe import DAYS_MIN, sharpe, standard_deviation
from arena.trading.performance.sharpe_table import sharpe_table

record = st.lists(st.floats(-0.3, 0.5), max_size=60).map(np.array)
flat = st.integers(0, 60).map(lambda count: np.full(count, 0.001))


def close(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= 1e-7 * max(1.0, abs(one), abs(other))


@settings(deadline=None)  # machines are slow when others work on them
@given(st.lists(st.one_of(record, flat), max_size=8))
def test_a_table_says_of_each_record_what_the_formula_says(records: list[np.ndarray]) -> None:
    for daily, (ratio, deviation) in zip(records, sharpe_table(records), strict=True):
        daily = daily.astype(float)
        alone = sharpe(daily)
        # At the very edge of what counts as moving, the dust of another order of sums may decide.
        spread = standard_deviation(daily)
        if spread is not None and spread < 1e-9:
            continue
        assert close(deviation, spread)
        assert close(ratio.value, alone.value)
        assert close(ratio.low, alone.low)
        assert close(ratio.high, alone.high)


def test_no_record_is_too_short_or_too_many() -> None:
    assert sharpe_table([]) == []
    chance = np.random.default_rng(1)
    many = [chance.normal(0, 0.01, count % 40) for count in range(1500)]
    found = sharpe_table(many)
    assert len(found) == 1500
    for daily, (ratio, _) in zip(many, found, strict=True):
        assert (ratio.low is not None) == (len(daily) >= DAYS_MIN)
