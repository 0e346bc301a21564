"""For creators: from a feed to a listing."""

from arena.web.pages.studio import (
    checklist,
    collectives,
    draft,
    lab,
    lab_compare,
    overview,
)

# Routes are tried in order: the Lab comes before the listing whose id might be "lab".
ROUTES = (
    lab.routes,
    lab_compare.routes,
    checklist.routes,
    collectives.routes,
    draft.routes,
    overview.routes,
)

__all__ = ["ROUTES"]
