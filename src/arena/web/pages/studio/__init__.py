"""For creators: from a feed to a listing."""

from arena.web.pages.studio import (
    audience,
    checklist,
    collectives,
    complimentary,
    coupons,
    documents,
    draft,
    earnings,
    lab,
    lab_compare,
    language_models,
    overview,
    payout_account,
    payouts,
    performance_fees,
    sources,
    statements,
    sweep_files,
    sweep_new,
    sweeps,
)

# Routes are tried in order: what has a name comes before the listing whose id might be "lab".
ROUTES = (
    audience.routes,
    complimentary.routes,
    coupons.routes,
    earnings.routes,
    documents.routes,
    payout_account.routes,
    payouts.routes,
    performance_fees.routes,
    statements.routes,
    lab.routes,
    lab_compare.routes,
    sources.routes,
    sweep_new.routes,
    sweep_files.routes,
    sweeps.routes,
    language_models.routes,
    checklist.routes,
    collectives.routes,
    draft.routes,
    overview.routes,
)

__all__ = ["ROUTES"]
