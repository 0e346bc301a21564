"""For operators: curating, looking after things."""

from arena.web.pages.operator import (
    adjustments,
    audit,
    case,
    changes,
    creators,
    dead_letters,
    documents,
    health,
    hosting,
    invoices,
    ledger,
    listings,
    overview,
    payments,
    payouts,
    recoveries,
    review,
    sanctions,
    seasons,
)

# `changes` before `case`, whose path would fit it as well.
ROUTES = (
    adjustments.routes,
    audit.routes,
    changes.routes,
    case.routes,
    creators.routes,
    dead_letters.routes,
    documents.routes,
    health.routes,
    hosting.routes,
    invoices.routes,
    ledger.routes,
    listings.routes,
    overview.routes,
    payments.routes,
    payouts.routes,
    recoveries.routes,
    review.routes,
    sanctions.routes,
    seasons.routes,
)

__all__ = ["ROUTES"]
