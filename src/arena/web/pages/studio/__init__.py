"""For creators: from a feed to a listing."""

from arena.web.pages.studio import (
    checklist,
    collectives,
    draft,
    overview,
)

ROUTES = (
    checklist.routes,
    collectives.routes,
    draft.routes,
    overview.routes,
)

__all__ = ["ROUTES"]
