"""Candles as whole numbers: exact against Decimal, resampled against an independent aggregation."""

from collections.abc import Callable
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.trading.market.columns import (
    Columns,
    infer_digits,
    join,
    read_parquet,
    resample,
    to_counts,
)
from arena.trading.market.model import BadPriceFile
from arena.trading.market.sample import FILE

Rows = list[tuple[int, float, float, float, float, float]]
WIDTH = 900_000


def write(path: Path, rows: Rows) -> Path:
    names = ["ts", "open", "high", "low", "close", "volume"]
    pl.DataFrame(rows, schema=names, orient="row").write_parquet(path)
    return path


@given(
    st.lists(st.decimals(min_value=0, max_value=10**7, places=6), min_size=1, max_size=40),
    st.integers(0, 8),
)
def test_a_float_becomes_the_decimal_it_spells(values: list[Decimal], digits: int) -> None:
    floats = np.array([float(v) for v in values])
    unit = Decimal(1).scaleb(-digits)
    for value, count in zip(floats.tolist(), to_counts(floats, digits).tolist(), strict=True):
        assert count * unit == Decimal(repr(value)).quantize(unit, ROUND_HALF_EVEN)


@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=40), st.integers(0, 6))
def test_any_float_is_rounded_as_its_spelling_is(values: list[float], digits: int) -> None:
    unit = Decimal(1).scaleb(-digits)
    for value, count in zip(values, to_counts(np.array(values), digits).tolist(), strict=True):
        assert count * unit == Decimal(repr(value)).quantize(unit, ROUND_HALF_EVEN)


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=40), st.integers(0, 8))
def test_inferred_digits_write_every_value(counts: list[int], digits: int) -> None:
    values = np.array([float(Decimal(n).scaleb(-digits)) for n in counts])
    found = infer_digits(values, fallback=2)
    assert found <= digits
    assert [int(n) * 10 ** (digits - found) for n in to_counts(values, found)] == counts


@pytest.mark.parametrize("interval_s", [1800, 3600, 14_400, 86_400])
def test_resampling_equals_an_independent_aggregation(interval_s: int) -> None:
    fine = read_parquet(FILE, 900)
    coarse = resample(fine, interval_s)
    expected: dict[int, list[int]] = {}
    width = interval_s * 1000
    for at, o, h, low, c, v in zip(
        *(getattr(fine, n).tolist() for n in ("times", "open", "high", "low", "close", "volume")),
        strict=True,
    ):
        bucket = expected.setdefault(at // width * width, [o, h, low, c, 0])
        bucket[1], bucket[2], bucket[3] = max(bucket[1], h), min(bucket[2], low), c
        bucket[4] += v
    first, last = int(fine.times[0]), int(fine.times[-1]) + WIDTH
    whole = {at: row for at, row in expected.items() if at >= first and at + width <= last}
    made = zip(
        *(getattr(coarse, n).tolist() for n in ("times", "open", "high", "low", "close", "volume")),
        strict=True,
    )
    assert {at: list(row) for at, *row in made} == whole


def test_a_day_that_is_not_over_is_left_out() -> None:
    fine = read_parquet(FILE, 900)
    days = resample(fine, 86_400)
    assert int(days.times[0]) > int(fine.times[0])  # the tape begins at 13:45
    assert int(days.times[-1]) + 86_400_000 <= int(fine.times[-1]) + WIDTH


def test_series_that_agree_are_joined_and_others_are_not() -> None:
    whole = read_parquet(FILE, 900)
    first, second = whole.rows(slice(0, 600)), whole.rows(slice(500, 1000))
    joined = join(first, second)
    assert joined is not None
    assert joined.times.tolist() == whole.times[:1000].tolist()
    assert joined.close.tolist() == whole.close[:1000].tolist()
    other = Columns(
        900, second.times, second.open, second.high + 1, second.low, second.close, second.volume,
        second.price_digits, second.volume_digits,
    )  # fmt: skip
    assert join(first, other) is None


def test_finer_units_keep_values() -> None:
    columns = read_parquet(FILE, 900)
    finer = columns.with_digits(columns.price_digits + 2, columns.volume_digits)
    assert (finer.close == columns.close * 100).all()


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda rows: rows.reverse(), "not strictly rising"),
        (lambda rows: rows.append(rows[-1]), "not strictly rising"),
        (lambda rows: rows.__setitem__(1, (901_000, *rows[1][1:])), "does not open on a multiple"),
        (lambda rows: rows.__setitem__(1, (*rows[1][:2], 1.0, *rows[1][3:])), "does not enclose"),
        (lambda rows: rows.__setitem__(1, (*rows[1][:3], -1.0, *rows[1][4:])), "not above zero"),
        (lambda rows: rows.__setitem__(1, (*rows[1][:5], float("nan"))), "not finite"),
        (lambda rows: rows.clear(), "no bar"),
    ],
)
def test_impossible_bars_are_refused_with_the_reason(
    tmp_path: Path, spoil: Callable[[Rows], None], why: str
) -> None:
    rows: Rows = [(i * WIDTH, 10.0, 12.0, 9.0, 11.0, 1.5) for i in range(4)]
    spoil(rows)
    if not rows:
        rows_path = tmp_path / "X-15m.parquet"
        pl.read_parquet(FILE).clear().write_parquet(rows_path)
    else:
        rows_path = write(tmp_path / "X-15m.parquet", rows)
    with pytest.raises(BadPriceFile, match=why):
        read_parquet(rows_path, 900)


def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "X-15m.parquet"
    path.write_bytes(b"not parquet at all")
    with pytest.raises(BadPriceFile):
        read_parquet(path, 900)


def test_prices_that_came_through_float32_get_sensible_digits() -> None:
    prices = np.array([43443.0625, 43548.7734375, 43567.48046875], dtype=np.float64) * 1.0000001
    assert infer_digits(prices, fallback=2) == 2
