"""Refunds, bounded by what is left of a charge; some cards refund late, some never."""

from typing import Any

from tests.doubles.stripe_server.balance import move
from tests.doubles.stripe_server.books import Books, Thing
from tests.doubles.stripe_server.cards import behaviour
from tests.doubles.stripe_server.errors import StripeError
from tests.doubles.stripe_server.forms import need, only, whole


def create(books: Books, given: dict[str, Any]) -> Thing:
    only(given, "payment_intent", "amount", "reason", "metadata")
    intent = books.get("payment_intent", need(given, "payment_intent"))
    if intent["status"] != "succeeded":
        raise StripeError.invalid(
            "This PaymentIntent has no charge.", "payment_intent", "charge_missing"
        )
    charge = books.get("charge", intent["latest_charge"])
    left = charge["amount"] - charge["amount_refunded"]
    amount = whole(given, "amount") if given.get("amount") else left
    if books.refuse_refunds:
        raise StripeError.invalid("No.", "amount", books.refuse_refunds)
    if charge["disputed"]:
        raise StripeError(
            400, "invalid_request_error", "This charge is disputed.", code="charge_disputed"
        )
    if not left:
        raise StripeError(
            400, "invalid_request_error", "It has been refunded.", code="charge_already_refunded"
        )
    if not 0 < amount <= left:
        raise StripeError.invalid(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", "amount",
            "amount_too_large",
        )  # fmt: skip
    fate = behaviour(books.get("payment_method", charge["payment_method"])).refunds
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    made = books.make(
        "refund", "re", amount=amount, currency=charge["currency"], charge=charge["id"],
        payment_intent=intent["id"], status="pending" if fate != "succeeded" else fate,
        reason=given.get("reason"), metadata=given.get("metadata") or {}, failure_reason=None,
    )  # fmt: skip
    made["balance_transaction"] = move(
        books, "refund", -amount, fee=0, source=made["id"], currency=made["currency"]
    )["id"]
    books.tell("refund.created", made)
    books.tell("charge.refunded", charge)
    return made


def finish(books: Books, name: str) -> None:
    """A late refund ends as its card says: it arrives, or it fails and the money is here again."""
    made = books.get("refund", name)
    charge = books.get("charge", made["charge"])
    fate = behaviour(books.get("payment_method", charge["payment_method"])).refunds
    if fate == "failed":
        made |= {"status": "failed", "failure_reason": "expired_or_canceled_card"}
        charge["amount_refunded"] -= made["amount"]
        made["failure_balance_transaction"] = move(
            books, "refund_failure", made["amount"], fee=0, source=made["id"], currency=made["currency"]
        )["id"]  # fmt: skip
        books.tell("refund.failed", made)
    else:
        made["status"] = "succeeded"
        books.tell("refund.updated", made)
