"""Monthly periods keep their anchor day."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from arena.marketplace.subscriptions import period_end


def test_twelve_renewals_from_the_31st_of_january_return_to_the_31st() -> None:
    at = datetime(2022, 1, 31, 12, tzinfo=UTC)
    days = []
    for _ in range(13):
        at = period_end(at, 31)
        days.append((at.month, at.day))
    assert days == [
        (2, 28), (3, 31), (4, 30), (5, 31), (6, 30), (7, 31), (8, 31), (9, 30), (10, 31), (11, 30),
        (12, 31), (1, 31), (2, 28),
    ]  # fmt: skip


def test_a_leap_year_has_its_29th_of_february() -> None:
    assert period_end(datetime(2024, 1, 31, tzinfo=UTC), 31) == datetime(2024, 2, 29, tzinfo=UTC)


@given(minutes=st.integers(0, 60 * 24 * 365 * 80))
def test_a_period_is_28_to_31_days_and_keeps_the_time_of_day(minutes: int) -> None:
    start = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    end = period_end(start, start.day)
    assert 28 <= (end - start).days <= 31
    assert end.time() == start.time()
    assert end.day == start.day or end.day in (28, 29, 30)
