"""Subscriptions: a person's monthly right to a listing's tier, from the first charge to its end."""

from arena.marketplace.subscriptions.activate import activate, charge_failed
from arena.marketplace.subscriptions.cancel import cancel
from arena.marketplace.subscriptions.end import expire_due, stop_for_listing
from arena.marketplace.subscriptions.model import (
    MOVES,
    AlreadySubscribed,
    CardDeclined,
    NoSuchSubscription,
    SeatsTaken,
    Status,
    Subscription,
    SubscriptionActivated,
    SubscriptionEnded,
    SubscriptionRenewed,
)
from arena.marketplace.subscriptions.pay_with import pay_with
from arena.marketplace.subscriptions.periods import period_end
from arena.marketplace.subscriptions.read import seats_taken, subscription, subscriptions_of
from arena.marketplace.subscriptions.renew import renew_due
from arena.marketplace.subscriptions.subscribe import Subscribed, Terms, Wish, subscribe

__all__ = [
    "MOVES",
    "AlreadySubscribed",
    "CardDeclined",
    "NoSuchSubscription",
    "SeatsTaken",
    "Status",
    "Subscribed",
    "Subscription",
    "SubscriptionActivated",
    "SubscriptionEnded",
    "SubscriptionRenewed",
    "Terms",
    "Wish",
    "activate",
    "cancel",
    "charge_failed",
    "expire_due",
    "pay_with",
    "period_end",
    "renew_due",
    "seats_taken",
    "stop_for_listing",
    "subscribe",
    "subscription",
    "subscriptions_of",
]
