"""What anybody may look at."""

from arena.web.pages.open import (
    compare,
    design,
    docs,
    front,
    how,
    leaderboard,
    listing,
    market,
    picture,
    profile,
    seasons,
    sitemap,
)

ROUTES = (
    compare.routes,
    design.routes,
    docs.routes,
    front.routes,
    how.routes,
    leaderboard.routes,
    listing.routes,
    market.routes,
    picture.routes,
    profile.routes,
    seasons.routes,
    sitemap.routes,
)

__all__ = ["ROUTES"]
