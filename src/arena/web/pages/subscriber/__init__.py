"""For subscribers: paying, watching, ending."""

from arena.web.pages.subscriber import (
    access,
    another_card,
    card_visits,
    cards,
    checkout,
    complimentary,
    first_charge,
    follow,
    invoices,
    keep,
    other_tier,
    receipts,
    rest,
    seats,
    subscriptions,
    watch,
)

ROUTES = (
    access.routes,
    follow.routes,
    rest.routes,
    seats.routes,
    complimentary.routes,
    another_card.routes,
    card_visits.routes,
    cards.routes,
    first_charge.routes,  # before the checkout, whose path would take its own
    checkout.routes,
    invoices.routes,
    keep.routes,
    other_tier.routes,
    receipts.routes,
    subscriptions.routes,
    watch.routes,
)

__all__ = ["ROUTES"]
