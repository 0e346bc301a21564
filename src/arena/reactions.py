"""Fact -> what follows. The one table that says what the arena does about what has happened."""

from functools import partial

from arena.kit.facts import Reaction, Routing
from arena.marketplace import delivery, subscriptions
from arena.marketplace.moderation import ListingTakenDown
from arena.money.billing import ChargeFailed, ChargeSucceeded
from arena.signals import following
from arena.signals.feeds import SignalPublished
from arena.trading.orders import OrderFilled
from arena.trading.venues.paper import PaperVenue


def table(venue: PaperVenue) -> Routing:
    """The routing of an arena. Handlers are idempotent by fact; the order within a row is the order they run in."""
    return Routing(
        {
            SignalPublished: [
                Reaction("following.follow", partial(following.follow, venue=venue)),
                Reaction("delivery.announce", delivery.announce),
            ],
            OrderFilled: [Reaction("following.protect", partial(following.protect, venue=venue))],
            ChargeSucceeded: [Reaction("subscriptions.activate", subscriptions.activate)],
            ChargeFailed: [Reaction("subscriptions.fall_behind", subscriptions.charge_failed)],
            ListingTakenDown: [Reaction("subscriptions.stop", subscriptions.stop_for_listing)],
        }
    )
