"""For operators: curating, looking after things."""

from arena.web.pages.operator import (
    audit,
    creators,
    dead_letters,
    health,
    overview,
    review,
)

ROUTES = (
    audit.routes,
    creators.routes,
    dead_letters.routes,
    health.routes,
    overview.routes,
    review.routes,
)

__all__ = ["ROUTES"]
