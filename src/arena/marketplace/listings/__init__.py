"""Listings: what creators offer, the gates before it is offered, its versions, and the search."""

from arena.marketplace.listings.badges import BADGE_NAMES, BADGES, Badge, badges_of
from arena.marketplace.listings.bounds import Bounds, price_bounds, usual_tiers
from arena.marketplace.listings.burn_in import BurnIn, burn_in
from arena.marketplace.listings.card_gates import card_gates
from arena.marketplace.listings.chosen import Chosen, Swept, chosen
from arena.marketplace.listings.draft import draft, update
from arena.marketplace.listings.etag import answer
from arena.marketplace.listings.figures import figures
from arena.marketplace.listings.find import Search, Sort
from arena.marketplace.listings.gates import burnt_in, gates
from arena.marketplace.listings.mine import listings_of_feeds
from arena.marketplace.listings.model import (
    DEFAULT_PRICES,
    MOVES,
    PERIODS,
    TIERS,
    AlreadyListed,
    CardSaysTooLittle,
    ChecksBusy,
    Gate,
    GatesNotPassed,
    Listing,
    ListingMoved,
    NoCardShown,
    NoSuchListing,
    NoSuchTier,
    NothingChanged,
    NotOnOffer,
    NotTheFeedsCard,
    NotYourCard,
    NotYourFeedToList,
    NotYourListing,
    Period,
    PricesRaised,
    Status,
    Thresholds,
    Tier,
    TierName,
    Version,
    VersionMoved,
    Words,
)
from arena.marketplace.listings.model_cards import publish_card
from arena.marketplace.listings.move import delist, move, pause, resume
from arena.marketplace.listings.on_offer import on_offer
from arena.marketplace.listings.owner import owns
from arena.marketplace.listings.promises import Promise, promises
from arena.marketplace.listings.read import (
    hold_tier,
    listed_count,
    listing,
    listing_of_feed,
    price_at,
    score_of,
    version,
    versions,
    visible,
)
from arena.marketplace.listings.rescore import last_midnight, rescore, score_one
from arena.marketplace.listings.search import Found, count, instruments, search
from arena.marketplace.listings.shown_card import card_of
from arena.marketplace.listings.submit import Submission, enter_review
from arena.marketplace.listings.views import (
    ListingView,
    VersionView,
    listing_view,
    version_view,
)

__all__ = [
    "BADGES",
    "BADGE_NAMES",
    "DEFAULT_PRICES",
    "MOVES",
    "PERIODS",
    "TIERS",
    "AlreadyListed",
    "Badge",
    "Bounds",
    "BurnIn",
    "CardSaysTooLittle",
    "ChecksBusy",
    "Chosen",
    "Found",
    "Gate",
    "GatesNotPassed",
    "Listing",
    "ListingMoved",
    "ListingView",
    "NoCardShown",
    "NoSuchListing",
    "NoSuchTier",
    "NotOnOffer",
    "NotTheFeedsCard",
    "NotYourCard",
    "NotYourFeedToList",
    "NotYourListing",
    "NothingChanged",
    "Period",
    "PricesRaised",
    "Promise",
    "Search",
    "Sort",
    "Status",
    "Submission",
    "Swept",
    "Thresholds",
    "Tier",
    "TierName",
    "Version",
    "VersionMoved",
    "VersionView",
    "Words",
    "answer",
    "badges_of",
    "burn_in",
    "burnt_in",
    "card_gates",
    "card_of",
    "chosen",
    "count",
    "delist",
    "draft",
    "enter_review",
    "figures",
    "gates",
    "hold_tier",
    "instruments",
    "last_midnight",
    "listed_count",
    "listing",
    "listing_of_feed",
    "listing_view",
    "listings_of_feeds",
    "move",
    "on_offer",
    "owns",
    "pause",
    "price_at",
    "price_bounds",
    "promises",
    "publish_card",
    "rescore",
    "resume",
    "score_of",
    "score_one",
    "search",
    "update",
    "usual_tiers",
    "version",
    "version_view",
    "versions",
    "visible",
]
