"""A stateful Stripe on loopback: its wire protocol, its test cards, its idempotency, and its bad days."""

from tests.doubles.stripe_server.faults import Faults
from tests.doubles.stripe_server.server import ACCOUNT, SECRET_KEY, StripeServer
from tests.doubles.stripe_server.webhooks import WEBHOOK_SECRET

__all__ = ["ACCOUNT", "SECRET_KEY", "WEBHOOK_SECRET", "Faults", "StripeServer"]
