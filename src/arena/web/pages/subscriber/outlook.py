"""What can come of a subscription: what it costs next, other tiers, a price that rises, money back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from arena.kit.db import Tx
from arena.kit.money import Money
from arena.marketplace import listings, subscriptions
from arena.marketplace.subscriptions import Change, ChangeState, Status, Subscription, seats
from arena.people.access import Actor
from arena.web.views.offer import NAMES


@dataclass(frozen=True, slots=True)
class Choice:
    """Another tier or period. `now`: it begins at once, and the rest of the period is charged."""

    tier: str
    period: listings.Period
    price: Money
    now: bool

    @property
    def name(self) -> str:
        return NAMES[self.tier]


@dataclass(frozen=True, slots=True)
class Outlook:
    """`price` is what the next charge comes to. `rise` is a price that was not agreed to yet and ends the subscription,
    and `rises_at` when, `lower` one that could be had by agreeing. `waiting` comes with the next period or waits for
    its charge, `retry_at` is when a declined renewal is tried again, `refund` what cooling off would owe back, `room`
    the seats for others."""

    price: Money
    rise: Money | None
    rises_at: datetime | None
    lower: Money | None
    waiting: Change | None
    choices: Sequence[Choice]
    retry_at: datetime | None
    refund: Money | None
    can_pause: bool = False
    room: seats.Room | None = None

    @property
    def scheduled(self) -> Change | None:
        held = self.waiting
        return held if held is not None and held.state is ChangeState.SCHEDULED else None


async def outlook(tx: Tx, found: Subscription, listing: listings.Listing) -> Outlook:
    """Of a subscription that has not ended."""
    waiting = await subscriptions.open_change(tx, found.id)
    asked = await subscriptions.asked(tx, found)
    goes_on = found.status is not Status.INCOMPLETE and not found.cancel_at_period_end
    running = (
        found.status is Status.ACTIVE
        and not found.cancel_at_period_end
        and found.pause_months is None
        and not found.disputed
    )
    agrees = goes_on and found.status in (Status.ACTIVE, Status.PAUSED)
    rise = await subscriptions.rise(tx, found) if goes_on else None
    cheaper = agrees and asked is not None and asked.minor < found.amount.minor
    return Outlook(
        price=await subscriptions.next_price(tx, found),
        rise=rise,
        rises_at=subscriptions.next_start(found, tx.now) if rise is not None else None,
        lower=asked if cheaper else None,
        waiting=waiting,
        choices=_choices(found, listing) if running and not found.trial and not waiting else (),
        retry_at=found.charge_at
        if found.status is Status.PAST_DUE and not found.disputed
        else None,
        refund=await subscriptions.owed_back(tx, found),
        can_pause=running and not found.trial and not waiting,
        room=await _room(tx, found),
    )


async def _room(tx: Tx, found: Subscription) -> seats.Room | None:
    """None where there are none to give."""
    if found.tier != "enterprise":
        return None
    room = await seats.room(tx, found.id, Actor("person", found.person_id))
    return room if room.seats else None


def _choices(found: Subscription, listing: listings.Listing) -> list[Choice]:
    """What else the listing sells; higher tiers of the same period begin at once."""
    if listing.status not in (listings.Status.LISTED, listings.Status.PAUSED):
        return []
    names = list(listings.TIERS)
    return [
        Choice(
            tier.tier, period, price,
            period == found.period and names.index(tier.tier) > names.index(found.tier),  # type: ignore[arg-type]  # names of tiers
        )
        for tier in listing.tiers
        for period in listings.PERIODS
        if (price := tier.price(period)) is not None
        and (tier.tier, period) != (found.tier, found.period)
    ]  # fmt: skip
