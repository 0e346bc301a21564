"""For operators: curating, looking after things."""

from arena.web.pages.operator import (
    audit,
    case,
    changes,
    creators,
    dead_letters,
    health,
    listings,
    overview,
    review,
)

# `changes` before `case`, whose path would fit it as well.
ROUTES = (
    audit.routes,
    changes.routes,
    case.routes,
    creators.routes,
    dead_letters.routes,
    health.routes,
    listings.routes,
    overview.routes,
    review.routes,
)

__all__ = ["ROUTES"]
