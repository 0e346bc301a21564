"""What anybody may look at."""

from arena.web.pages.open import (
    design,
    docs,
    front,
    how,
    leaderboard,
    listing,
    market,
    picture,
    profile,
    sitemap,
)

ROUTES = (
    design.routes,
    docs.routes,
    front.routes,
    how.routes,
    leaderboard.routes,
    listing.routes,
    market.routes,
    picture.routes,
    profile.routes,
    sitemap.routes,
)

__all__ = ["ROUTES"]
