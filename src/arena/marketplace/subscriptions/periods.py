"""Periods of a month or a year that keep their anchor day: 31 Jan, 28 Feb, 31 Mar."""

from calendar import monthrange
from datetime import datetime

from arena.marketplace.listings import Period

MONTHS: dict[Period, int] = {"month": 1, "year": 12}


def period_end(start: datetime, anchor_day: int, period: Period = "month") -> datetime:
    """The end of the period that begins at `start`: a month or a year on, on the anchor day where there is one.

    A month without that day ends the period on its last day; the next one returns to the anchor.
    """
    years, month = divmod(start.month - 1 + MONTHS[period], 12)
    year, month = start.year + years, month + 1
    day = min(anchor_day, monthrange(year, month)[1])
    return start.replace(year=year, month=month, day=day)
