"""Listings: what creators offer, the gates before it is offered, its versions, and the search."""

from arena.marketplace.listings.draft import draft, update
from arena.marketplace.listings.etag import answer
from arena.marketplace.listings.figures import figures
from arena.marketplace.listings.gates import burnt_in, gates
from arena.marketplace.listings.model import (
    DEFAULT_PRICES,
    MOVES,
    TIERS,
    Gate,
    GatesNotPassed,
    Listing,
    ListingMoved,
    NoSuchListing,
    NoSuchTier,
    NotOnOffer,
    Status,
    Tier,
    Version,
    Words,
)
from arena.marketplace.listings.move import delist, move, pause, resume
from arena.marketplace.listings.owner import owns
from arena.marketplace.listings.read import (
    hold_tier,
    listed_count,
    listing,
    listing_of_feed,
    score_of,
    versions,
    visible,
)
from arena.marketplace.listings.rescore import rescore, score_one
from arena.marketplace.listings.search import Found, Search, search
from arena.marketplace.listings.submit import Submission, enter_review
from arena.marketplace.listings.views import (
    ListingView,
    VersionView,
    listing_view,
    version_view,
)

__all__ = [
    "DEFAULT_PRICES",
    "MOVES",
    "TIERS",
    "Found",
    "Gate",
    "GatesNotPassed",
    "Listing",
    "ListingMoved",
    "ListingView",
    "NoSuchListing",
    "NoSuchTier",
    "NotOnOffer",
    "Search",
    "Status",
    "Submission",
    "Tier",
    "Version",
    "VersionView",
    "Words",
    "answer",
    "burnt_in",
    "delist",
    "draft",
    "enter_review",
    "figures",
    "gates",
    "hold_tier",
    "listed_count",
    "listing",
    "listing_of_feed",
    "listing_view",
    "move",
    "owns",
    "pause",
    "rescore",
    "resume",
    "score_of",
    "score_one",
    "search",
    "update",
    "version_view",
    "versions",
    "visible",
]
