"""For subscribers: paying, watching, ending."""

from arena.web.pages.subscriber import (
    another_card,
    card_visits,
    checkout,
    first_charge,
    invoices,
    keep,
    other_tier,
    receipts,
    subscriptions,
    watch,
)

ROUTES = (
    another_card.routes,
    card_visits.routes,
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
