"""Text becomes whole ticks and steps exactly, whichever way it is spelled."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.trading.market import Instrument, Level, Scale
from arena.trading.market.scale import amount


def scale(tick: str = "0.01", step: str = "0.00001") -> Scale:
    return Scale(Instrument("BTCUSDT", "BTC", "USDT", Decimal(tick), Decimal(step), Decimal(5)))


def test_text_of_eight_decimals_is_counted() -> None:
    assert scale().levels([("61837.63000000", "0.02000000"), ("0.01000000", "0.00000000")]) == (
        (6_183_763, 2_000),
        (1, 0),
    )
    assert scale().level(6_183_763, 2_000) == Level(Decimal("61837.63"), Decimal("0.02"))


def test_other_spellings_give_the_same() -> None:
    one = scale()
    assert {
        one.price(text) for text in ("61837.63", "61837.630", "6183763e-2", "61837.6300000001")
    } == {6_183_763}
    assert one.price("7") == one.ticks(Decimal(7)) == 700
    assert scale(tick="0.5").price("7.50000000") == 15
    assert scale(tick="0.0000000001").price("0.00000001") == 100


@pytest.mark.parametrize(
    "text", ["", "-1.00000000", "+1.00000000", " 1.00000000", "1_0.00000000", "NaN", "1.0" * 20, "1.00x00000"]
)  # fmt: skip
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no "):
        scale().price(text)
    with pytest.raises(ValueError, match="no "):
        scale().levels([("1.00000000", text)])


@given(
    st.decimals(0, 10**9, places=8), st.sampled_from(["0.01", "0.00001", "1", "0.05", "10", "0.00000001"])
)  # fmt: skip
def test_a_count_is_the_greatest_that_fits(value: Decimal, unit: str) -> None:
    count = scale(tick=unit).price(f"{value:.8f}")
    assert count * Decimal(unit) <= value < (count + 1) * Decimal(unit)


@given(st.decimals(0, 10**9, places=8))
def test_amounts_lose_their_trailing_zeros_and_nothing_else(value: Decimal) -> None:
    made = amount(f"{value:.8f}")
    assert made == value
    assert made.is_zero() or "." not in str(made) or not str(made).endswith("0")
