"""What Stripe's objects mean to us: pure, and the only place that knows their fields."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from arena.money.billing.model import Attached, GatewayUnavailable, Movement, Outcome, Refunded

if TYPE_CHECKING:
    import stripe

REFUND_STATES = {"succeeded": "succeeded", "failed": "failed", "canceled": "failed"}
# Payouts to the operator's own bank account and what Stripe bills apart are not moved by us.
NOT_OURS = {"payout", "payout_cancel", "payout_failure", "topup", "stripe_fee"}


def outcome(intent: "stripe.PaymentIntent") -> Outcome:
    """Raises GatewayUnavailable where Stripe is still at it."""
    if intent.status == "succeeded":
        return Outcome("succeeded", intent.id, fee=_fee(intent))
    if intent.status == "requires_action":
        action: Any = intent.next_action or {}
        return Outcome(
            "requires_action", intent.id, None, (action.get("redirect_to_url") or {}).get("url")
        )
    if intent.status in ("canceled", "requires_payment_method"):
        code = decline_code(intent.last_payment_error or {})
        return Outcome(
            "declined", intent.id, "not_confirmed" if intent.status == "canceled" else code
        )
    raise GatewayUnavailable


def decline_code(error: Any) -> str:
    """The bank's reason where it gives a particular one, else Stripe's."""
    why, code = error.get("decline_code"), error.get("code") or "card_declined"
    return code if why in (None, "generic_decline") else str(why)


def _fee(intent: "stripe.PaymentIntent") -> int:
    charge: Any = intent.latest_charge
    line = (
        charge.balance_transaction if charge is not None and not isinstance(charge, str) else None
    )
    return 0 if line is None or isinstance(line, str) else int(line.fee)


def refunded(made: "stripe.Refund") -> Refunded:
    state: Any = REFUND_STATES.get(made.status or "", "sent")
    return Refunded(state, made.id, made.failure_reason if state == "failed" else None)


def attached(session: Any) -> Attached | None:
    intent = session.setup_intent
    if session.status != "complete" or intent is None or intent.payment_method is None:
        return None
    return kept(session.customer, intent.payment_method)


def kept(customer_id: str, method: Any) -> Attached:
    """The token names customer and card: Stripe charges a kept card only with its customer."""
    brand = method.card.brand.replace("_", " ").capitalize()
    return Attached(f"{customer_id}/{method.id}", f"{brand} ending in {method.card.last4}")


def movements(line: "stripe.BalanceTransaction") -> list[Movement]:
    """A line of the balance as journals of ours would have it: a charge and its fee are two."""
    if line.type in NOT_OURS:
        return []
    at = datetime.fromtimestamp(line.created, UTC)
    source: Any = line.source
    currency = line.currency.upper()
    key = _key(source)
    if line.type in ("charge", "payment"):
        gross = Movement(line.id, "charge", key, line.amount, currency, at)
        fee = Movement(f"{line.id}:fee", "fee", f"fee:{key}", -line.fee, currency, at)
        return [gross, fee] if line.fee else [gross]
    if line.type in ("refund", "payment_refund"):
        return [Movement(line.id, "refund", key, line.net, currency, at)]
    if line.type in ("refund_failure", "payment_refund_failure"):
        return [Movement(line.id, "refund_failed", f"{key}:failed", line.net, currency, at)]
    name = "won" if line.reporting_category == "dispute_reversal" else "opened"
    if line.reporting_category in ("dispute", "dispute_reversal"):
        return [Movement(line.id, "dispute", f"dispute:{source.id}:{name}", line.net, currency, at)]
    return [Movement(line.id, line.type, "", line.net, currency, at)]


def _key(source: Any) -> str:
    metadata = getattr(source, "metadata", None) or {}
    return str(metadata.get("arena", ""))
