"""Subscriptions: a person's right to a listing's tier, by the month or the year, from the first charge to its end."""

from arena.marketplace.subscriptions.activate import activate, charge_failed
from arena.marketplace.subscriptions.agree import agree
from arena.marketplace.subscriptions.announce import announce_rise
from arena.marketplace.subscriptions.apply import apply
from arena.marketplace.subscriptions.cancel import cancel
from arena.marketplace.subscriptions.change import Agreed, Changed, NewTerms, Quote, change, quote
from arena.marketplace.subscriptions.cool_off import cool_off, owed_back
from arena.marketplace.subscriptions.coupon import Coupon, CouponRefused, NewCoupon, discounted
from arena.marketplace.subscriptions.discount import make_coupon, stop_coupon, usable
from arena.marketplace.subscriptions.end import expire_due, stop_for_listing
from arena.marketplace.subscriptions.invoiced import Sold, invoice_charge, sold_by
from arena.marketplace.subscriptions.letters import (
    send_costs_more,
    send_ended,
    send_fell_behind,
)
from arena.marketplace.subscriptions.model import (
    CHANGE_MOVES,
    COOLING_OFF_DAYS,
    DUNNING_DAYS,
    GRACE_DAYS,
    MOVES,
    NOTICE_DAYS,
    RETRY_DAYS,
    AlreadySubscribed,
    CardDeclined,
    Change,
    ChangeDeclined,
    ChangeState,
    NoCoolingOff,
    NoSuchSubscription,
    PriceMoved,
    ProrationMoved,
    RenewalCostsMore,
    SeatsTaken,
    Status,
    Subscription,
    SubscriptionActivated,
    SubscriptionChanged,
    SubscriptionEnded,
    SubscriptionFellBehind,
    SubscriptionRenewed,
    TrialTaken,
)
from arena.marketplace.subscriptions.pay_with import pay_with
from arena.marketplace.subscriptions.periods import period_end
from arena.marketplace.subscriptions.price import asked, next_price, rise
from arena.marketplace.subscriptions.prorate import Proration, prorate
from arena.marketplace.subscriptions.read import (
    change_of,
    charged,
    had_trial,
    live_first,
    live_subscription,
    open_change,
    own,
    references,
    seats_taken,
    subscription,
    subscriptions_of,
    terms_of_period,
)
from arena.marketplace.subscriptions.renew import renew_due
from arena.marketplace.subscriptions.stake import Stake, stake
from arena.marketplace.subscriptions.subscribe import Subscribed, Terms, Wish, subscribe
from arena.marketplace.subscriptions.suspend import resume, suspend
from arena.marketplace.subscriptions.tally import Tally, tally
from arena.marketplace.subscriptions.undo import undo

__all__ = [
    "CHANGE_MOVES",
    "COOLING_OFF_DAYS",
    "DUNNING_DAYS",
    "GRACE_DAYS",
    "MOVES",
    "NOTICE_DAYS",
    "RETRY_DAYS",
    "Agreed",
    "AlreadySubscribed",
    "CardDeclined",
    "Change",
    "ChangeDeclined",
    "ChangeState",
    "Changed",
    "Coupon",
    "CouponRefused",
    "NewCoupon",
    "NewTerms",
    "NoCoolingOff",
    "NoSuchSubscription",
    "PriceMoved",
    "Proration",
    "ProrationMoved",
    "Quote",
    "RenewalCostsMore",
    "SeatsTaken",
    "Sold",
    "Stake",
    "Status",
    "Subscribed",
    "Subscription",
    "SubscriptionActivated",
    "SubscriptionChanged",
    "SubscriptionEnded",
    "SubscriptionFellBehind",
    "SubscriptionRenewed",
    "Tally",
    "Terms",
    "TrialTaken",
    "Wish",
    "activate",
    "agree",
    "announce_rise",
    "apply",
    "asked",
    "cancel",
    "change",
    "change_of",
    "charge_failed",
    "charged",
    "cool_off",
    "discounted",
    "expire_due",
    "had_trial",
    "invoice_charge",
    "live_first",
    "live_subscription",
    "make_coupon",
    "next_price",
    "open_change",
    "owed_back",
    "own",
    "pay_with",
    "period_end",
    "prorate",
    "quote",
    "references",
    "renew_due",
    "resume",
    "rise",
    "seats_taken",
    "send_costs_more",
    "send_ended",
    "send_fell_behind",
    "sold_by",
    "stake",
    "stop_coupon",
    "stop_for_listing",
    "subscribe",
    "subscription",
    "subscriptions_of",
    "suspend",
    "tally",
    "terms_of_period",
    "undo",
    "usable",
]
