"""Which gateway this installation has, by its settings."""

from typing import Literal

from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.money.billing.fake import FakeGateway
from arena.money.billing.manual import ManualGateway
from arena.money.billing.model import Gateway
from arena.money.billing.stripe import StripeConnect, StripeGateway


def cards_of(settings: Settings) -> Literal["typed", "elsewhere", "none"]:
    """Where a person types his card in this installation."""
    if settings.payment_gateway == "stripe":
        return StripeGateway.cards
    return ManualGateway.cards if settings.payment_gateway == "manual" else FakeGateway.cards


def choose_gateway(db: Database, settings: Settings) -> Gateway:
    """The fake one unless the operator set another."""
    if settings.payment_gateway == "stripe":
        assert settings.stripe_key is not None, "the settings see to it"
        return StripeGateway(
            settings.stripe_key.get_secret_value(), url=settings.stripe_url, origin=settings.origin
        )
    if settings.payment_gateway == "manual":
        return ManualGateway(db)
    return FakeGateway(db)


def gateways_in_use(db: Database, settings: Settings) -> list[Gateway]:
    """All that money goes through here, each once: subscribers' payments, payouts, and what operators send by hand."""
    found = {gateway.name: gateway for gateway in (choose_gateway(db, settings), ManualGateway(db))}
    if settings.payout_gateway == StripeGateway.name and settings.stripe_key is not None:
        found.setdefault(
            StripeGateway.name,
            StripeGateway(
                settings.stripe_key.get_secret_value(), url=settings.stripe_url, origin=settings.origin
            ),
        )  # fmt: skip
    return list(found.values())


def stripe_connect(settings: Settings) -> StripeConnect | None:
    """Creators' accounts at Stripe; None without a key."""
    if settings.stripe_key is None:
        return None
    return StripeConnect(
        settings.stripe_key.get_secret_value(), url=settings.stripe_url, origin=settings.origin
    )
