"""Months and quarters of the calendar, UTC, half-open. Pure."""

from datetime import UTC, datetime

from arena.money.performance_fees.model import Period

_MONTHS: dict[Period, int] = {"month": 1, "quarter": 3}


def start_of(period: Period, at: datetime) -> datetime:
    """The beginning of the period that `at` lies in."""
    months = _MONTHS[period]
    return datetime(at.year, (at.month - 1) // months * months + 1, 1, tzinfo=UTC)


def end_after(period: Period, start: datetime) -> datetime:
    """The end of the period that `start` lies in."""
    begun = start_of(period, start)
    number = begun.year * 12 + begun.month - 1 + _MONTHS[period]
    return datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC)


def first_end(period: Period, started_at: datetime) -> datetime:
    """Of a contract's first period: a part of one at the start is joined to the first whole one."""
    if start_of(period, started_at) == started_at:
        return end_after(period, started_at)
    return end_after(period, end_after(period, started_at))
