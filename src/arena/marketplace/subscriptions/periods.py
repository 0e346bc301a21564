"""When periods of a month or a year end, on their anchor day (31 Jan, 28 Feb, 31 Mar); when one is charged again."""

from calendar import monthrange
from datetime import datetime, timedelta

from arena.marketplace.listings import Period
from arena.marketplace.subscriptions.model import RETRY_DAYS, Status, Subscription

MONTHS: dict[Period, int] = {"month": 1, "year": 12}


def period_end(start: datetime, anchor_day: int, period: Period = "month") -> datetime:
    """The end of the period that begins at `start`: a month or a year on, on the anchor day where there is one.

    A month without that day ends the period on its last day; the next one returns to the anchor.
    """
    years, month = divmod(start.month - 1 + MONTHS[period], 12)
    year, month = start.year + years, month + 1
    day = min(anchor_day, monthrange(year, month)[1])
    return start.replace(year=year, month=month, day=day)


def pause_end(found: Subscription) -> datetime:
    """When the pause that is to come is over; the period's end where none is to come."""
    assert found.period_end is not None
    end = found.period_end
    for _ in range(found.pause_months or 0):
        end = period_end(end, found.anchor_day)
    return end


def next_start(found: Subscription, now: datetime) -> datetime:
    """When the next period that is charged begins: where the last one ended, after the pause that is to come, and never
    in a time without access, that of a dispute. Of one whose first charge is through."""
    assert found.period_end is not None
    start = pause_end(found) if found.status is Status.ACTIVE else found.period_end
    if found.disputed:
        return max(start, now)
    return start if found.resumed_at is None else max(start, found.resumed_at)


def next_retry(past_due_since: datetime, now: datetime) -> datetime | None:
    """When a renewal that was first declined then is tried again; None where the next one was the last."""
    days = (past_due_since + timedelta(days=day) for day in RETRY_DAYS)
    return next((at for at in days if at > now), None)
