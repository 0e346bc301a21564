"""Stripe as a payment gateway, on its official SDK; cards are typed on Stripe's page and never come here."""

from arena.money.billing.stripe.gateway import CardPage, StripeGateway
from arena.money.billing.stripe.hear import (
    DisputeNews,
    Event,
    PaymentNews,
    RefundNews,
    StripeNews,
    hear,
    verified,
)

__all__ = [
    "CardPage",
    "DisputeNews",
    "Event",
    "PaymentNews",
    "RefundNews",
    "StripeGateway",
    "StripeNews",
    "hear",
    "verified",
]
