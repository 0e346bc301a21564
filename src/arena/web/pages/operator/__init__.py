"""For operators: curating, looking after things."""

from arena.web.pages.operator import (
    access,
    adjustments,
    audit,
    case,
    changes,
    creators,
    dead_letters,
    documents,
    gateway_moves,
    health,
    hosting,
    invoices,
    ledger,
    listings,
    overview,
    payments,
    payouts,
    performance_fees,
    recoveries,
    review,
    sanctions,
    seasons,
)

# `changes` before `case`, whose path would fit it as well.
ROUTES = (
    access.routes,
    adjustments.routes,
    audit.routes,
    changes.routes,
    case.routes,
    creators.routes,
    dead_letters.routes,
    gateway_moves.routes,
    documents.routes,
    health.routes,
    hosting.routes,
    invoices.routes,
    ledger.routes,
    listings.routes,
    overview.routes,
    payments.routes,
    payouts.routes,
    performance_fees.routes,
    recoveries.routes,
    review.routes,
    sanctions.routes,
    seasons.routes,
)

__all__ = ["ROUTES"]
