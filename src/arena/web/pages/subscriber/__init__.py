"""For subscribers: paying, watching, ending."""

from arena.web.pages.subscriber import (
    checkout,
    receipts,
    subscriptions,
    watch,
)

ROUTES = (
    checkout.routes,
    receipts.routes,
    subscriptions.routes,
    watch.routes,
)

__all__ = ["ROUTES"]
