"""What Stripe tells by webhook: verified as bytes, then taken as a hint only; the object is fetched again.

So events may come twice, late or in any order: what counts is how the object stands when it is looked at.
"""

import json
from dataclasses import dataclass
from typing import Any, Literal

from arena.money.billing.model import (
    Outcome,
    Refunded,
    WebhookForged,
    WebhookMisdirected,
)
from arena.money.billing.stripe import read
from arena.money.billing.stripe.gateway import EXPANDED, StripeGateway

OBJECTS = {"payment_intent": "payment_intent.", "refund": "refund.", "dispute": "charge.dispute."}
DISPUTE_STATES: dict[str, Literal["open", "won", "lost"]] = {"won": "won", "lost": "lost"}


@dataclass(frozen=True, slots=True)
class Event:
    """A verified event: its id, its type, and the object it is about."""

    id: str
    kind: str
    object_id: str


@dataclass(frozen=True, slots=True)
class PaymentNews:
    attempt_id: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class RefundNews:
    refund_id: str
    refunded: Refunded


@dataclass(frozen=True, slots=True)
class DisputeNews:
    """Amount and fee in minor units; `charge_id` is the payment intent."""

    charge_id: str
    dispute_id: str
    amount: int
    fee: int
    currency: str
    state: Literal["open", "won", "lost"]


StripeNews = PaymentNews | RefundNews | DisputeNews


def verified(body: bytes, signature: str, *, secret: str) -> Event:
    """The event in a webhook's raw body. Raises WebhookForged, WebhookMisdirected."""
    import stripe

    try:
        stripe.WebhookSignature.verify_header(body.decode(), signature, secret, 300)
        event = json.loads(body)
        about = event["data"]["object"]
        found = Event(str(event["id"]), str(event["type"]), str(about["id"]))
    except (stripe.SignatureVerificationError, ValueError, KeyError, TypeError) as forged:
        raise WebhookForged from forged
    if event.get("account") or event.get("context"):
        raise WebhookMisdirected(account=event.get("account") or event.get("context"))
    return found


async def hear(gateway: StripeGateway, kind: str, object_id: str) -> StripeNews | None:
    """How the object stands now; None where the event tells nothing that we act on. Raises GatewayUnavailable."""
    async with gateway.line() as client:
        if kind.startswith(OBJECTS["payment_intent"]):
            intent = await client.v1.payment_intents.retrieve_async(object_id, {"expand": EXPANDED})
            key = read.key_of(read.plain(intent))
            return None if not key or _moves(intent) else PaymentNews(key, read.outcome(intent))
        if kind.startswith(OBJECTS["refund"]):
            refund = await client.v1.refunds.retrieve_async(object_id)
            key = read.key_of(read.plain(refund))
            return None if not key else RefundNews(key, read.refunded(refund))
        if kind.startswith(OBJECTS["dispute"]):
            return _dispute(await client.v1.disputes.retrieve_async(object_id))
    return None


def _moves(intent: Any) -> bool:
    """Stripe is at it; another event follows."""
    return intent.status in ("processing", "requires_confirmation", "requires_capture")


def _dispute(found: Any) -> DisputeNews | None:
    """None for inquiries, which move no money."""
    dispute = read.plain(found)
    lines = dispute.get("balance_transactions")
    if not dispute.get("payment_intent") or not lines:
        return None
    return DisputeNews(
        dispute["payment_intent"], dispute["id"], dispute["amount"], sum(line["fee"] for line in lines),
        dispute["currency"].upper(), DISPUTE_STATES.get(dispute["status"], "open"),
    )  # fmt: skip
