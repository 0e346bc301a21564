"""Subscriptions: a person's monthly right to a listing's tier, from the first charge to its end."""

from arena.marketplace.subscriptions.activate import activate, charge_failed
from arena.marketplace.subscriptions.apply import apply
from arena.marketplace.subscriptions.cancel import cancel
from arena.marketplace.subscriptions.end import expire_due, stop_for_listing
from arena.marketplace.subscriptions.model import (
    DUNNING_DAYS,
    GRACE_DAYS,
    MOVES,
    AlreadySubscribed,
    CardDeclined,
    NoSuchSubscription,
    PriceMoved,
    SeatsTaken,
    Status,
    Subscription,
    SubscriptionActivated,
    SubscriptionEnded,
    SubscriptionRenewed,
)
from arena.marketplace.subscriptions.pay_with import pay_with
from arena.marketplace.subscriptions.periods import period_end
from arena.marketplace.subscriptions.read import (
    live_first,
    live_subscription,
    seats_taken,
    subscription,
    subscriptions_of,
)
from arena.marketplace.subscriptions.renew import renew_due
from arena.marketplace.subscriptions.stake import Stake, stake
from arena.marketplace.subscriptions.subscribe import Subscribed, Terms, Wish, subscribe
from arena.marketplace.subscriptions.tally import Tally, tally

__all__ = [
    "DUNNING_DAYS",
    "GRACE_DAYS",
    "MOVES",
    "AlreadySubscribed",
    "CardDeclined",
    "NoSuchSubscription",
    "PriceMoved",
    "SeatsTaken",
    "Stake",
    "Status",
    "Subscribed",
    "Subscription",
    "SubscriptionActivated",
    "SubscriptionEnded",
    "SubscriptionRenewed",
    "Tally",
    "Terms",
    "Wish",
    "activate",
    "apply",
    "cancel",
    "charge_failed",
    "expire_due",
    "live_first",
    "live_subscription",
    "pay_with",
    "period_end",
    "renew_due",
    "seats_taken",
    "stake",
    "stop_for_listing",
    "subscribe",
    "subscription",
    "subscriptions_of",
    "tally",
]
