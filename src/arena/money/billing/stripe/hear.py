"""What Stripe tells by webhook: verified as bytes, then taken as a hint only; the object is fetched again.

So events may come twice, late or in any order: what counts is how the object stands when it is looked at.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from arena.kit.money import Money
from arena.money.billing.model import (
    Outcome,
    Refunded,
    WebhookForged,
    WebhookMisdirected,
)
from arena.money.billing.stripe import read
from arena.money.billing.stripe.connect import StripeConnect
from arena.money.billing.stripe.gateway import EXPANDED, StripeGateway

PAGE = 100
# Stripe takes twenty names at most.
TYPES = (
    "payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.requires_action",
    "payment_intent.canceled", "refund.created", "refund.updated", "refund.failed", "charge.dispute.created",
    "charge.dispute.updated", "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated",
    "charge.dispute.closed", "account.updated", "account.external_account.created",
    "account.external_account.updated", "account.external_account.deleted", "payout.paid", "payout.failed",
    "payout.canceled", "transfer.reversed",
)  # fmt: skip
OBJECTS = {"payment_intent": "payment_intent.", "refund": "refund.", "dispute": "charge.dispute."}
DISPUTE_STATES: dict[str, Literal["open", "won", "lost"]] = {"won": "won", "lost": "lost"}


@dataclass(frozen=True, slots=True)
class Event:
    """An event: its id, its type, the object it is about, and the connected account it happened on, if on one.

    `at` is by Stripe's clock.
    """

    id: str
    kind: str
    object_id: str
    account: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PaymentNews:
    attempt_id: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class RefundNews:
    refund_id: str
    refunded: Refunded


@dataclass(frozen=True, slots=True)
class ForeignRefund:
    """A refund that nobody asked us for, e.g. from Stripe's dashboard; `charge_id` is the payment intent, `attempt_id`
    our name of it, empty where it has none."""

    charge_id: str
    attempt_id: str
    amount: Money
    refunded: Refunded


@dataclass(frozen=True, slots=True)
class DisputeNews:
    """Amount, fee and what came back of the fee in minor units; `charge_id` is the payment intent, `attempt_id` our
    name of it, empty where it has none."""

    charge_id: str
    dispute_id: str
    amount: int
    fee: int
    currency: str
    state: Literal["open", "won", "lost"]
    attempt_id: str = ""
    fee_back: int = 0


StripeNews = PaymentNews | RefundNews | ForeignRefund | DisputeNews


def verified(body: bytes, signature: str, *, secret: str) -> Event:
    """The event in a webhook's raw body; whose account it is about, the caller looks up. `secret` may be several, by
    spaces: Stripe signs what happens on connected accounts with another one. Raises WebhookForged, and
    WebhookMisdirected for one of an organisation."""
    import stripe

    try:
        _signed(body.decode(), signature, secret.split())
        event = json.loads(body)
        found = event_of(event)
    except (stripe.SignatureVerificationError, ValueError, KeyError, TypeError) as forged:
        raise WebhookForged from forged
    if event.get("context") and not found.account:
        raise WebhookMisdirected(account=event["context"])
    return found


def _signed(body: str, signature: str, secrets: list[str]) -> None:
    """Raises stripe.SignatureVerificationError where none of the secrets has signed it."""
    import stripe

    for number, secret in enumerate(secrets, 1):
        try:
            stripe.WebhookSignature.verify_header(body, signature, secret, 300)
        except stripe.SignatureVerificationError:
            if number == len(secrets):
                raise
        else:
            return


def event_of(event: dict[str, Any]) -> Event:
    """Raises KeyError, TypeError, ValueError where it is none."""
    about, account = event["data"]["object"], event.get("account")
    return Event(
        str(event["id"]), str(event["type"]), str(about["id"]), str(account) if account else None,
        datetime.fromtimestamp(int(event.get("created") or 0), UTC),
    )  # fmt: skip


async def events_since(
    line: StripeConnect, since: datetime, *, account: str | None = None
) -> list[Event]:
    """What Stripe has to tell that we act on, oldest first; of a connected account where one is named.

    Raises GatewayUnavailable.
    """
    wish: Any = {"limit": PAGE, "created": {"gte": int(since.timestamp())}, "types": list(TYPES)}
    found = []
    async with line.line() as client:
        listed = await client.v1.events.list_async(
            wish, {"stripe_account": account} if account else {}
        )
        async for one in listed.auto_paging_iter():
            found.append(event_of({**read.plain(one), "account": account}))
    return found[::-1]


async def hear(gateway: StripeGateway, kind: str, object_id: str) -> StripeNews | None:
    """How the object stands now; None where the event tells nothing that we act on. Raises GatewayUnavailable."""
    async with gateway.line() as client:
        if kind.startswith(OBJECTS["payment_intent"]):
            intent = await client.v1.payment_intents.retrieve_async(object_id, {"expand": EXPANDED})
            key = read.key_of(read.plain(intent))
            return None if not key or _moves(intent) else PaymentNews(key, read.outcome(intent))
        if kind.startswith(OBJECTS["refund"]):
            return _refund(
                await client.v1.refunds.retrieve_async(object_id, {"expand": ["payment_intent"]})
            )
        if kind.startswith(OBJECTS["dispute"]):
            return _dispute(
                await client.v1.disputes.retrieve_async(object_id, {"expand": ["payment_intent"]})
            )
    return None


def _moves(intent: Any) -> bool:
    """Stripe is at it; another event follows."""
    return intent.status in ("processing", "requires_confirmation", "requires_capture")


def _refund(found: Any) -> RefundNews | ForeignRefund | None:
    """None where it is of nothing that is paid here."""
    refund = read.plain(found)
    key, intent = read.key_of(refund), refund.get("payment_intent")
    if key:
        return RefundNews(key, read.refunded(refund))
    if not isinstance(intent, dict):
        return None
    return ForeignRefund(
        intent["id"], read.key_of(intent), Money(refund["amount"], refund["currency"].upper()), read.refunded(refund)
    )  # fmt: skip


def _dispute(found: Any) -> DisputeNews | None:
    """None for inquiries, which move no money."""
    dispute = read.plain(found)
    lines, intent = dispute.get("balance_transactions"), dispute.get("payment_intent")
    if not isinstance(intent, dict) or not lines:
        return None
    fees = [line["fee"] for line in lines]
    state = DISPUTE_STATES.get(dispute["status"], "open")
    if state == "won" and not any(line["amount"] > 0 for line in lines):
        state = "open"  # the money is not back yet: another event tells of it, and what of the fee came with it
    return DisputeNews(
        intent["id"], dispute["id"], dispute["amount"], sum(fee for fee in fees if fee > 0),
        dispute["currency"].upper(), state, read.key_of(intent), -sum(fee for fee in fees if fee < 0),
    )  # fmt: skip
