"""What calls cost: the published examples to the cent, and what holds for any number of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arena.money.usage import Counted, NewPlan, Plan, cost, invoice_lines
from arena.money.usage.rate import waiting

NOVEMBER = datetime(2021, 11, 1, tzinfo=UTC)
DECEMBER = datetime(2021, 12, 1, tzinfo=UTC)


def plan(starts_at: datetime = NOVEMBER, ends_at: datetime | None = None, **terms: int) -> Plan:
    return Plan("upl_1", NewPlan("usr_1", **terms), starts_at, ends_at, NOVEMBER)


@pytest.mark.parametrize(
    ("calls", "expected"), [(0, 50_000), (12_345, 50_000), (50_000, 50_000), (50_001, 50_001)]
)
def test_a_month_costs_its_calls_and_at_least_the_minimum(calls: int, expected: int) -> None:
    lines = invoice_lines(plan(), NOVEMBER, [Counted(NOVEMBER, calls, 0)])
    assert sum(line.amount for line in lines) == expected
    by_kind = {line.kind: line.amount for line in lines}
    assert by_kind.get("usage", 0) == calls


def test_half_a_month_has_half_of_the_minimum() -> None:
    half = plan(starts_at=NOVEMBER + timedelta(days=15))
    lines = invoice_lines(half, NOVEMBER, [Counted(NOVEMBER, 10_000, 0)])
    assert [(line.kind, line.amount) for line in lines] == [("usage", 10_000), ("minimum", 15_000)]
    ended = plan(ends_at=NOVEMBER + timedelta(days=15))
    assert sum(line.amount for line in invoice_lines(ended, NOVEMBER, [])) == 25_000


def test_set_up_is_paid_once_and_the_contract_each_month() -> None:
    agreed = plan(setup=500_000, monthly=100_000, minimum=0)
    first, second = invoice_lines(agreed, NOVEMBER, []), invoice_lines(agreed, DECEMBER, [])
    assert [(line.kind, line.amount) for line in first] == [
        ("set_up", 500_000),
        ("contract", 100_000),
    ]
    assert [(line.kind, line.amount) for line in second] == [("contract", 100_000)]


def test_calls_are_rated_in_millionths_and_rounded_once_a_line() -> None:
    assert cost(149, 100) == 1  # 1.49 cents
    assert cost(150, 100) == 2
    assert cost(3, 3_333) == 1


def test_what_was_counted_late_costs_only_what_the_minimum_had_not_paid_for() -> None:
    late = invoice_lines(
        plan(), DECEMBER, [Counted(NOVEMBER, 10_100, 10_000), Counted(DECEMBER, 0, 0)]
    )
    older = [line for line in late if line.month == NOVEMBER]
    assert [(line.kind, line.units, line.amount) for line in older] == [
        ("usage", 100, 100),
        ("minimum", 0, -100),
    ]


@given(st.integers(0, 200_000), st.integers(0, 200_000), st.integers(1, 50_000))
def test_a_month_that_is_corrected_costs_as_if_it_had_been_counted_right(
    counted: int, right: int, price: int
) -> None:
    agreed = plan(price_micros=price)
    first = invoice_lines(agreed, NOVEMBER, [Counted(NOVEMBER, counted, 0)])
    after = invoice_lines(agreed, DECEMBER, [Counted(NOVEMBER, right, counted)])
    both = [line.amount for line in [*first, *after] if line.month == NOVEMBER]
    assert sum(both) == max(50_000, cost(right, price))


def test_what_is_to_be_invoiced_is_shown_as_it_will_be() -> None:
    """A plan that began within the month has a part of minimum and contract, the whole set-up, and its calls."""
    began = NOVEMBER + timedelta(days=15)
    agreed = plan(starts_at=began, setup=500_000, monthly=100_000)
    [now] = waiting(agreed, [Counted(NOVEMBER, 10_000, 0)], began + timedelta(days=1))
    assert [(line.kind, line.amount) for line in now.lines] == [
        ("set_up", 500_000), ("contract", 50_000), ("usage", 10_000), ("minimum", 15_000),
    ]  # fmt: skip
    assert now.total == 575_000
    assert now.due_at == DECEMBER + timedelta(days=1)


def test_months_that_are_over_wait_beside_the_open_one_and_late_calls_are_on_the_next() -> None:
    late = Counted(NOVEMBER - timedelta(days=31), 120, 100)
    open_months = [late, Counted(NOVEMBER, 200, 0), Counted(DECEMBER, 300, 0)]
    agreed = plan(minimum=0, starts_at=NOVEMBER - timedelta(days=31))
    older, newer = waiting(agreed, open_months, DECEMBER + timedelta(hours=5))
    assert [(line.month, line.units) for line in older.lines] == [
        (NOVEMBER, 200), (late.month, 20),
    ]  # fmt: skip
    assert [(line.month, line.units) for line in newer.lines] == [(DECEMBER, 300)]


def test_of_a_plan_that_has_ended_the_last_month_waits_and_then_only_what_is_corrected() -> None:
    ended = plan(ends_at=NOVEMBER + timedelta(days=15))
    later = DECEMBER + timedelta(days=40)
    [last] = waiting(ended, [Counted(NOVEMBER, 100, 0)], later)
    assert (last.month, last.total) == (NOVEMBER, 25_000)
    over = replace(ended, invoiced_until=DECEMBER)
    assert waiting(over, [], later) == []
    [corrected] = waiting(over, [Counted(NOVEMBER, 30_000, 100)], later)
    assert corrected.total == 30_000 - 25_000
