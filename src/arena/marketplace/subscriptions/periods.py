"""Monthly periods that keep their anchor day: 31 Jan, 28 Feb, 31 Mar."""

from calendar import monthrange
from datetime import datetime


def period_end(start: datetime, anchor_day: int) -> datetime:
    """The end of the monthly period that begins at `start`: a month on, on the anchor day where there is one.

    A month without that day ends the period on its last day; the next one returns to the anchor.
    """
    year, month = (start.year, start.month + 1) if start.month < 12 else (start.year + 1, 1)
    day = min(anchor_day, monthrange(year, month)[1])
    return start.replace(year=year, month=month, day=day)
