"""Time, ids and money: the small values everything else is made of."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.kit.clock import TapeClock, WallClock, from_iso, from_ms, iso_ms, to_ms, wall_now
from arena.kit.ids import derived, fresh
from arena.kit.money import Money, allocate

AT = datetime(2021, 9, 27, 14, 0, 0, 123_456, tzinfo=UTC)
instants = st.datetimes(datetime(1970, 1, 2), datetime(9990, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - made aware
cents = st.integers(-(10**15), 10**15)


def test_the_tape_clock_stands_still_until_moved_and_never_goes_back() -> None:
    clock = TapeClock(AT)
    assert clock.now() == clock.now() == AT
    clock.move_to(AT + timedelta(hours=1))
    clock.move_to(AT)
    assert clock.now() == AT + timedelta(hours=1)


def test_the_wall_clock_tells_aware_utc() -> None:
    assert WallClock().now().tzinfo is UTC
    assert abs(wall_now() - WallClock().now()) < timedelta(seconds=5)


def test_times_are_spelled_one_way() -> None:
    assert iso_ms(AT) == "2021-09-27T14:00:00.123Z"
    berlin = AT.astimezone(timezone(timedelta(hours=2)))
    assert iso_ms(berlin) == iso_ms(AT)
    assert from_iso("2021-09-27T16:00:00.123456+02:00") == AT


def test_naive_times_are_refused_everywhere() -> None:
    naive = AT.replace(tzinfo=None)
    for refuses in (iso_ms, to_ms, TapeClock, TapeClock(AT).move_to):
        with pytest.raises(ValueError, match="no time zone"):
            refuses(naive)
    with pytest.raises(ValueError, match="no time zone"):
        from_iso("2021-09-27T14:00:00")


@given(instants)
def test_milliseconds_and_spelling_come_back_as_they_went(at: datetime) -> None:
    whole = at.replace(microsecond=at.microsecond // 1000 * 1000)
    assert from_ms(to_ms(at)) == whole
    assert from_iso(iso_ms(at)) == whole


def test_fresh_ids_differ_say_what_they_are_and_sort_by_time() -> None:
    ids = [fresh("ord") for _ in range(500)]
    assert len(set(ids)) == 500
    assert all(len(each) == 30 and each.startswith("ord_") for each in ids)
    assert [each[:13] for each in ids] == sorted(
        each[:13] for each in ids
    )  # the first 45 bits of 48


def test_derived_ids_are_the_same_on_every_machine() -> None:
    assert derived("fd", "col_x", "momentum") == "fd_06j85g0t6ndphzzsew9m4750m4"
    assert derived("sig", "ab", "c") != derived("sig", "a", "bc") != derived("sig", "abc")
    assert derived("sig", 1) == derived("sig", "1")


@given(cents, cents)
def test_money_adds_and_subtracts_exactly(a: int, b: int) -> None:
    assert Money(a) + Money(b) - Money(b) == Money(a)
    assert Money(a) - Money(a) == Money(0) == -Money(0)


@pytest.mark.parametrize("minor", [1.0, True, "1", None])
def test_money_is_whole_minor_units_only(minor: object) -> None:
    with pytest.raises(TypeError, match="whole minor units"):
        Money(minor)  # type: ignore[arg-type]  # that is the point


def test_money_of_two_currencies_does_not_add() -> None:
    with pytest.raises(ValueError, match="USD and EUR"):
        Money(1) + Money(1, "EUR")
    with pytest.raises(ValueError, match="ISO 4217"):
        Money(1, "usd")


@pytest.mark.parametrize(
    ("minor", "words"),
    [(0, "0.00 USD"), (5, "0.05 USD"), (-5, "-0.05 USD"), (-12345, "-123.45 USD")],
)
def test_money_is_written_with_its_cents(minor: int, words: str) -> None:
    assert str(Money(minor)) == words


@given(cents, st.lists(st.integers(0, 10**9), min_size=1, max_size=12).filter(any))
def test_a_split_loses_no_cent_and_errs_by_less_than_one(total: int, weights: list[int]) -> None:
    shares = allocate(total, weights)
    assert sum(shares) == total
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share * sum(weights) - total * weight) < sum(weights)
        assert share * total >= 0
    assert allocate(-total, weights) == [-share for share in shares]


def test_of_equal_remainders_the_first_wins() -> None:
    assert allocate(100, [1, 1, 1]) == [34, 33, 33]
    assert allocate(1, [1500, 8500]) == [0, 1]


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1], [2, -1]])
def test_a_split_by_nothing_is_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        allocate(100, weights)
