"""What Stripe's objects mean to us: pure, and the only place that knows their fields."""

from datetime import UTC, datetime
from typing import Any

from arena.kit.ids import derived
from arena.money.billing.model import Attached, GatewayUnavailable, Movement, Outcome, Refunded

Thing = dict[str, Any]
REFUND_STATES = {"succeeded": "succeeded", "failed": "failed", "canceled": "failed"}
# What Stripe moves by itself: payouts to the operator's own bank and back, and what it bills apart. Booked as it tells.
TOLD: dict[str, str] = {
    "payout": "bank", "payout_cancel": "bank", "payout_failure": "bank", "topup": "bank", "topup_reversal": "bank",
    "stripe_fee": "stripe_fee", "stripe_fx_fee": "stripe_fee", "tax_fee": "stripe_fee",
}  # fmt: skip
# Set aside and let go within Stripe's own balance, in pairs that sum to nothing.
WITHIN = {
    "payout_minimum_balance_hold", "payout_minimum_balance_release", "reserve_hold", "reserve_release",
    "reserved_funds",
}  # fmt: skip


def plain(found: Any) -> Thing:
    """The SDK's object as the JSON it was."""
    thing: Thing = found.to_dict(recursive=True) if hasattr(found, "to_dict") else found
    return thing


def key_of(thing: Any) -> str:
    """Our name for it; empty where it is not ours."""
    metadata = thing.get("metadata") if isinstance(thing, dict) else None
    return str((metadata or {}).get("arena", ""))


def foreign_key(gateway: str, refund_id: str) -> str:
    """What we name a refund by that was made at the gateway and has no name of ours."""
    return f"{gateway}:{refund_id}"


def outcome(found: Any) -> Outcome:
    """Of a payment intent. Raises GatewayUnavailable where Stripe is still at it."""
    intent = plain(found)
    status, name = intent["status"], intent["id"]
    if status == "succeeded":
        return Outcome("succeeded", name, fee=_fee(intent.get("latest_charge")))
    if status == "requires_action":
        redirect = (intent.get("next_action") or {}).get("redirect_to_url") or {}
        return Outcome("requires_action", name, None, redirect.get("url"))
    if status == "canceled":
        return Outcome("declined", name, "not_confirmed")
    if status == "requires_payment_method":
        return Outcome("declined", name, decline_code(intent.get("last_payment_error") or {}))
    raise GatewayUnavailable


def error_of(raised: Any) -> Thing:
    """What Stripe said of a call that it refused; empty where that was not JSON."""
    found: Thing = (raised.json_body or {}).get("error", {})
    return found


def decline_code(error: Thing) -> str:
    """The bank's reason where it gives a particular one, else Stripe's."""
    why, code = error.get("decline_code"), error.get("code") or "card_declined"
    return str(code if why in (None, "generic_decline") else why)


def _fee(charge: Any) -> int:
    line = charge.get("balance_transaction") if isinstance(charge, dict) else None
    return int(line["fee"]) if isinstance(line, dict) else 0


def refunded(found: Any) -> Refunded:
    made = plain(found)
    state: Any = REFUND_STATES.get(made["status"], "sent")
    return Refunded(state, made["id"], made.get("failure_reason") if state == "failed" else None)


def attached(found: Any) -> Attached | None:
    """The card of a finished Checkout session, whose setup intent is expanded."""
    session = plain(found)
    method = (session.get("setup_intent") or {}).get("payment_method")
    if session["status"] != "complete" or method is None:
        return None
    return kept(session["customer"], method)


def kept(customer_id: str, found: Any) -> Attached:
    """The token names customer and card: Stripe charges a kept card only with its customer."""
    method = plain(found)
    brand = method["card"]["brand"].replace("_", " ").capitalize()
    return Attached(f"{customer_id}/{method['id']}", f"{brand} ending in {method['card']['last4']}")


def movements(found: Any) -> list[Movement]:
    """A line of the balance as journals of ours would have it: a charge and its fee are two."""
    line = plain(found)
    kind, about = line["type"], line.get("reporting_category")
    if kind in WITHIN:
        return []
    if kind in TOLD:
        return [_line(line, TOLD[kind], f"told:{line['id']}", line["net"])]
    source = line.get("source")
    key, name = key_of(source), source["id"] if isinstance(source, dict) else ""
    if kind in ("charge", "payment"):
        fee = [_line(line, "fee", f"fee:{key}", -line["fee"])] if line["fee"] else []
        return [_line(line, "charge", key, line["amount"]), *fee]
    if kind in ("refund", "payment_refund"):
        return [_line(line, "refund", key or _foreign(name), line["net"])]
    if kind in ("refund_failure", "payment_refund_failure"):
        return [_line(line, "refund_failed", f"{key or _foreign(name)}:failed", line["net"])]
    if kind == "transfer":
        return [_line(line, "transfer", f"{key}:transferred", line["net"])]
    if kind in ("transfer_refund", "transfer_cancel", "transfer_failure"):
        return [_line(line, "transfer_back", f"{key}:returned", line["net"])]
    if about in ("dispute", "dispute_reversal"):
        won = about == "dispute_reversal"
        return [_line(line, "dispute", f"dispute:{name}:{'won' if won else 'opened'}", line["net"])]
    return [_line(line, kind, "", line["net"])]


def _foreign(refund_id: str) -> str:
    """The id of ours that a refund made at the gateway is booked by; empty where Stripe does not say which it is."""
    return derived("ref", foreign_key("stripe", refund_id)) if refund_id else ""


def _line(line: Thing, kind: str, idem: str, amount: int) -> Movement:
    name = f"{line['id']}:fee" if kind == "fee" else line["id"]
    at = datetime.fromtimestamp(line["created"], UTC)
    return Movement(name, kind, idem, amount, line["currency"].upper(), at)
