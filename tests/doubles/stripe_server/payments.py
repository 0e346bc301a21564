"""Payment intents: created and confirmed at once, off session or on, with 3-D Secure, charges and their fees."""

import re
from typing import Any

from tests.doubles.stripe_server.balance import move
from tests.doubles.stripe_server.books import Books, Thing
from tests.doubles.stripe_server.cards import MAGIC, behaviour, new_method
from tests.doubles.stripe_server.disputes import open_dispute
from tests.doubles.stripe_server.errors import StripeError
from tests.doubles.stripe_server.forms import need, only, truth, whole

SEARCH_LAG_S = 60
_SEARCH = re.compile(r"metadata\[(['\"])(\w+)\1\]:(['\"])([^'\"]+)\3")


def create(books: Books, given: dict[str, Any]) -> Thing:
    only(
        given, "amount", "currency", "customer", "payment_method", "confirm", "off_session", "metadata",
        "description", "return_url", "automatic_payment_methods", "payment_method_types",
    )  # fmt: skip
    amount = whole(given, "amount")
    if amount < 50:
        raise StripeError.invalid("Amount must be at least $0.50 usd", "amount", "amount_too_small")
    if given.get("customer"):
        books.get("customer", given["customer"])
    if truth(given, "off_session") and not truth(given, "confirm"):
        raise StripeError.invalid("off_session needs confirm", "off_session", "parameter_missing")
    method = _method(books, given)
    intent = books.make(
        "payment_intent", "pi", amount=amount, amount_received=0, currency=need(given, "currency"),
        customer=given.get("customer"), payment_method=method["id"] if method else None,
        metadata=given.get("metadata") or {}, description=given.get("description"),
        status="requires_confirmation" if method else "requires_payment_method", next_action=None,
        last_payment_error=None, latest_charge=None, canceled_at=None, cancellation_reason=None,
        capture_method="automatic", confirmation_method="automatic", client_secret="pi_secret_test",
        payment_method_types=["card"],
    )  # fmt: skip
    books.tell("payment_intent.created", intent)
    if truth(given, "confirm"):
        _confirm(
            books, intent, off_session=truth(given, "off_session"), url=given.get("return_url")
        )
    return intent


def _method(books: Books, given: dict[str, Any]) -> Thing | None:
    name = given.get("payment_method")
    if name is None:
        return None
    method = new_method(books, MAGIC[name]) if name in MAGIC else books.get("payment_method", name)
    if method["customer"] != given.get("customer"):
        raise StripeError.invalid(
            f"The customer does not have a payment method with the ID {method['id']}.", "payment_method",
            "resource_missing",
        )  # fmt: skip
    return method


def confirm(books: Books, name: str, given: dict[str, Any]) -> Thing:
    only(given, "payment_method", "return_url", "off_session")
    intent = books.get("payment_intent", name)
    if intent["status"] not in (
        "requires_payment_method",
        "requires_confirmation",
        "requires_action",
    ):
        raise _unexpected(intent, "confirm")
    if given.get("payment_method"):
        intent["payment_method"] = books.get("payment_method", given["payment_method"])["id"]
    _confirm(books, intent, off_session=truth(given, "off_session"), url=given.get("return_url"))
    return intent


def _confirm(books: Books, intent: Thing, *, off_session: bool, url: str | None) -> None:
    method = books.get("payment_method", intent["payment_method"])
    card = behaviour(method)
    if card.declines:
        fail(books, intent, *card.declines)
    if card.asks and off_session:
        fail(books, intent, "authentication_required", "authentication_required")
    if card.asks:
        intent["status"] = "requires_action"
        intent["next_action"] = {
            "type": "redirect_to_url",
            "redirect_to_url": {"url": f"https://hooks.stripe.com/3d_secure_2/{intent['id']}", "return_url": url},
        }  # fmt: skip
        books.tell("payment_intent.requires_action", intent)
        return
    succeed(books, intent)


def succeed(books: Books, intent: Thing) -> None:
    method = books.get("payment_method", intent["payment_method"])
    charge = _charge(books, intent, "succeeded", None)
    fee = (intent["amount"] * 29 + 500) // 1000 + 30
    charge["balance_transaction"] = move(
        books, "charge", intent["amount"], fee=fee, source=charge["id"], currency=intent["currency"]
    )["id"]
    intent |= {
        "status": "succeeded", "amount_received": intent["amount"], "latest_charge": charge["id"],
        "next_action": None, "last_payment_error": None,
    }  # fmt: skip
    books.tell("payment_intent.succeeded", intent)
    books.tell("charge.succeeded", charge)
    if behaviour(method).disputed:
        open_dispute(books, charge["id"])


def fail(books: Books, intent: Thing, code: str, decline_code: str | None) -> None:
    charge = _charge(books, intent, "failed", code)
    error = {
        "type": "card_error",
        "code": code,
        "decline_code": decline_code,
        "charge": charge["id"],
    }
    intent |= {
        "status": "requires_payment_method", "last_payment_error": error, "payment_method": None,
        "latest_charge": charge["id"], "next_action": None,
    }  # fmt: skip
    books.tell("payment_intent.payment_failed", intent)
    raise StripeError.card(code, decline_code, payment_intent=dict(intent), charge=charge["id"])


def authenticate(books: Books, name: str, *, well: bool = True) -> None:
    """What a customer does on his bank's page."""
    intent = books.get("payment_intent", name)
    if intent["status"] != "requires_action":
        return
    if well:
        succeed(books, intent)
    else:
        intent |= {
            "status": "requires_payment_method", "payment_method": None, "next_action": None,
            "last_payment_error": {"type": "invalid_request_error", "code": "payment_intent_authentication_failure"},
        }  # fmt: skip
        books.tell("payment_intent.payment_failed", intent)


def cancel(books: Books, name: str, given: dict[str, Any]) -> Thing:
    only(given, "cancellation_reason")
    intent = books.get("payment_intent", name)
    if intent["status"] in ("succeeded", "canceled"):
        raise _unexpected(intent, "cancel")
    intent |= {"status": "canceled", "canceled_at": books.now(), "next_action": None}
    intent["cancellation_reason"] = given.get("cancellation_reason")
    books.tell("payment_intent.canceled", intent)
    return intent


def search(books: Books, given: dict[str, Any]) -> Thing:
    """By metadata only; what is younger than a minute is not found yet."""
    found = _SEARCH.fullmatch(need(given, "query"))
    if found is None:
        raise StripeError.invalid("Only metadata is searched here.", "query", "parameter_invalid")
    name, value = found[2], found[4]
    seen = [
        intent for intent in books.all("payment_intent")
        if intent["metadata"].get(name) == value and intent["created"] <= books.now() - SEARCH_LAG_S
    ]  # fmt: skip
    return {
        "object": "search_result", "url": "/v1/payment_intents/search", "has_more": False,
        "next_page": None, "data": seen[: int(given.get("limit", 10))],
    }  # fmt: skip


def _charge(books: Books, intent: Thing, status: str, code: str | None) -> Thing:
    return books.make(
        "charge", "ch", amount=intent["amount"], amount_refunded=0, amount_captured=intent["amount"],
        currency=intent["currency"], customer=intent["customer"], payment_intent=intent["id"],
        payment_method=intent["payment_method"], metadata=dict(intent["metadata"]), status=status,
        paid=status == "succeeded", captured=status == "succeeded", disputed=False, refunded=False,
        failure_code=code, balance_transaction=None,
    )  # fmt: skip


def _unexpected(intent: Thing, act: str) -> StripeError:
    return StripeError(
        400, "invalid_request_error",
        f"You cannot {act} this PaymentIntent because it has a status of {intent['status']}.",
        code="payment_intent_unexpected_state", payment_intent=dict(intent),
    )  # fmt: skip
