"""What anybody may look at."""

from arena.web.pages.open import (
    card,
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
    card.routes,
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
