"""For operators: curating, looking after things."""

from arena.web.pages.operator import (
    audit,
    case,
    changes,
    creators,
    dead_letters,
    health,
    hosting,
    listings,
    overview,
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
    listings.routes,
    overview.routes,
    recoveries.routes,
    review.routes,
    seasons.routes,
)

__all__ = ["ROUTES"]
