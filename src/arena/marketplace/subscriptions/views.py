"""A subscription as the API shows it."""

from datetime import datetime

from pydantic import BaseModel, Field

from arena.kit.clock import iso_ms
from arena.marketplace.subscriptions.model import Subscription


class SubscriptionView(BaseModel):
    """A subscription. Times are the arena's product time; `amount` is whole cents a month, or a year.

    Access lasts while `status` is active or past_due and the time is before `access_until`, which includes
    the days of grace unless the subscription is canceled.
    """

    id: str
    listing_id: str
    feed_id: str
    tier: str = Field(examples=["pro"])
    amount: int = Field(examples=[9900])
    currency: str = Field(examples=["USD"])
    payment_method_id: str
    status: str = Field(
        description="incomplete, active, past_due, paused or ended.", examples=["active"]
    )
    period_start: str | None
    period_end: str | None
    access_until: str | None
    cancel_at_period_end: bool
    disputed: bool = Field(
        False, description="A charge of it is disputed with the bank: no access and no charge until it decides."
    )  # fmt: skip
    created_at: str
    ended_at: str | None
    end_reason: str | None
    period: str = Field("month", description="month or year.")
    trial: bool = Field(
        False, description="The running period is a trial: its end is charged first."
    )
    pause_months: int | None = Field(
        None, description="Active: a pause of so many months comes with the period's end."
    )
    team_seats: int = Field(0, description="Enterprise: people its person may let in.")
    action_url: str | None = Field(
        None, description="Where to POST to confirm the charge, if the card asks for it."
    )


def view(s: Subscription, action_url: str | None = None) -> SubscriptionView:
    """`action_url` is where a charge that waits is confirmed."""
    return SubscriptionView(
        id=s.id, listing_id=s.listing_id, feed_id=s.feed_id, tier=s.tier, amount=s.amount.minor,
        currency=s.amount.currency, payment_method_id=s.payment_method_id, status=s.status.value,
        period_start=_iso(s.period_start), period_end=_iso(s.period_end),
        access_until=_iso(s.access_ends), disputed=s.disputed, cancel_at_period_end=s.cancel_at_period_end,
        created_at=iso_ms(s.created_at), ended_at=_iso(s.ended_at), end_reason=s.end_reason,
        period=s.period, trial=s.trial, pause_months=s.pause_months, team_seats=s.team_seats,
        action_url=action_url,
    )  # fmt: skip


def _iso(at: datetime | None) -> str | None:
    return None if at is None else iso_ms(at)
