"""Free: anybody may follow a listing for nothing, and is given each signal later than those who pay."""

from arena.marketplace.subscriptions.free.audience import Audience, audience
from arena.marketplace.subscriptions.free.follow import follow, stop_follows, unfollow
from arena.marketplace.subscriptions.free.model import (
    AlreadyBetter,
    Bounds,
    DelayOutOfBounds,
    Follow,
    NoFreeTier,
    NotFollowing,
    Offer,
)
from arena.marketplace.subscriptions.free.offer import close, offer, open_offer
from arena.marketplace.subscriptions.free.read import following, follows_of
from arena.marketplace.subscriptions.free.routes import routes

__all__ = [
    "AlreadyBetter",
    "Audience",
    "Bounds",
    "DelayOutOfBounds",
    "Follow",
    "NoFreeTier",
    "NotFollowing",
    "Offer",
    "audience",
    "close",
    "follow",
    "following",
    "follows_of",
    "offer",
    "open_offer",
    "routes",
    "stop_follows",
    "unfollow",
]
