"""For operators: curating, looking after things."""

from arena.web.pages.operator import (
    audit,
    case,
    changes,
    creators,
    dead_letters,
    health,
    hosting,
    ledger,
    listings,
    overview,
    payments,
    payouts,
    recoveries,
    review,
    seasons,
)

# `changes` before `case`, whose path would fit it as well.
ROUTES = (
    audit.routes,
    changes.routes,
    case.routes,
    creators.routes,
    dead_letters.routes,
    health.routes,
    hosting.routes,
    ledger.routes,
    listings.routes,
    overview.routes,
    payments.routes,
    payouts.routes,
    recoveries.routes,
    review.routes,
    seasons.routes,
)

__all__ = ["ROUTES"]
