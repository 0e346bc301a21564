"""Stripe as a payment gateway, on its official SDK; cards are typed on Stripe's page and never come here."""

from arena.money.billing.stripe.connect import StripeConnect
from arena.money.billing.stripe.gateway import CardPage, StripeGateway
from arena.money.billing.stripe.hear import (
    DisputeNews,
    Event,
    ForeignRefund,
    PaymentNews,
    RefundNews,
    StripeNews,
    events_since,
    hear,
    verified,
)
from arena.money.billing.stripe.model import BankPayout, NotNow, Standing, Transferred
from arena.money.billing.stripe.read import foreign_key

__all__ = [
    "BankPayout",
    "CardPage",
    "DisputeNews",
    "Event",
    "ForeignRefund",
    "NotNow",
    "PaymentNews",
    "RefundNews",
    "Standing",
    "StripeConnect",
    "StripeGateway",
    "StripeNews",
    "Transferred",
    "events_since",
    "foreign_key",
    "hear",
    "verified",
]
