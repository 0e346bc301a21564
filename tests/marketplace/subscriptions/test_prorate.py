"""Proration: by whole seconds, to the cent, nothing lost or made."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from arena.kit.money import Money
from arena.marketplace.subscriptions import prorate

START = datetime(2022, 4, 1, tzinfo=UTC)
END = START + timedelta(days=30)


def test_from_29_to_99_dollars_on_day_ten_of_thirty_costs_46_67() -> None:
    found = prorate(Money(2_900), Money(9_900), start=START, end=END, at=START + timedelta(days=10))
    assert (found.unused, found.owed, found.charge) == (Money(1_933), Money(6_600), Money(4_667))
    assert (found.used_s, found.left_s) == (864_000, 1_728_000)


@given(
    st.integers(0, 10**7), st.integers(1, 10**7), st.integers(0, 30 * 86_400), st.integers(0, 86_400)
)  # fmt: skip
def test_parts_lie_within_a_cent_of_exact_and_later_never_costs_more(
    paid: int, price: int, at_s: int, more_s: int
) -> None:
    at = START + timedelta(seconds=at_s)
    found = prorate(Money(paid), Money(price), start=START, end=END, at=at)
    whole = found.used_s + found.left_s
    for part, of in ((found.unused, paid), (found.owed, price)):
        assert abs(part.minor * whole - of * found.left_s) < whole
    assert found.charge.minor in (0, found.owed.minor - found.unused.minor)
    later = prorate(
        Money(paid), Money(price), start=START, end=END, at=at + timedelta(seconds=more_s)
    )
    assert later.charge.minor <= found.charge.minor + 1


def test_before_and_after_the_period_all_or_nothing_is_left() -> None:
    for days, charge in ((-1, 7_000), (0, 7_000), (30, 0), (31, 0)):
        at = START + timedelta(days=days)
        found = prorate(Money(2_900), Money(9_900), start=START, end=END, at=at)
        assert found.charge == Money(charge)


def test_under_fifty_cents_nothing_is_charged_and_nothing_is_ever_paid_back() -> None:
    late = END - timedelta(hours=4)
    assert prorate(Money(2_900), Money(9_900), start=START, end=END, at=late).charge == Money(0)
    cheaper = prorate(Money(9_900), Money(2_900), start=START, end=END, at=START)
    assert cheaper.charge == Money(0)
