"""For subscribers: paying, watching, ending."""

from arena.web.pages.subscriber import (
    another_card,
    checkout,
    first_charge,
    receipts,
    subscriptions,
    watch,
)

ROUTES = (
    another_card.routes,
    first_charge.routes,  # before the checkout, whose path would take its own
    checkout.routes,
    receipts.routes,
    subscriptions.routes,
    watch.routes,
)

__all__ = ["ROUTES"]
