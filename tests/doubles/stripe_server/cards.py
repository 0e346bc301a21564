"""Customers, payment methods by Stripe's published test cards, and Checkout in setup mode."""

from dataclasses import dataclass
from typing import Any

from tests.doubles.stripe_server.books import Books, Thing
from tests.doubles.stripe_server.errors import StripeError
from tests.doubles.stripe_server.forms import need, only


@dataclass(frozen=True, slots=True)
class TestCard:
    """What a test card does: when kept, when charged, and afterwards."""

    __test__ = False
    kept: bool = True
    declines: tuple[str, str | None] | None = None
    asks: bool = False
    disputed: bool = False
    refunds: str = "succeeded"


# https://docs.stripe.com/testing
CARDS = {
    "4242424242424242": TestCard(),
    "4000000000000002": TestCard(kept=False, declines=("card_declined", "generic_decline")),
    "4000000000009995": TestCard(kept=False, declines=("card_declined", "insufficient_funds")),
    "4000000000000341": TestCard(declines=("card_declined", "generic_decline")),
    "4000002760003184": TestCard(asks=True),
    "4000000000000259": TestCard(disputed=True),
    "4000000000007726": TestCard(refunds="pending"),
    "4000000000005126": TestCard(refunds="failed"),
}
MAGIC = {
    "pm_card_visa": "4242424242424242",
    "pm_card_visa_chargeDeclined": "4000000000000002",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_chargeCustomerFail": "4000000000000341",
    "pm_card_authenticationRequired": "4000002760003184",
    "pm_card_createDispute": "4000000000000259",
    "pm_card_pendingRefund": "4000000000007726",
    "pm_card_refundFail": "4000000000005126",
}


def behaviour(method: Thing) -> TestCard:
    return CARDS[method["card"]["_number"]]


def new_method(books: Books, number: str, customer: str | None = None) -> Thing:
    card = {
        "brand": "visa", "last4": number[-4:], "exp_month": 12, "exp_year": 2034, "funding": "credit",
        "country": "US", "fingerprint": f"print{number[-4:]}", "_number": number, "checks": None,
        "display_brand": "visa", "generated_from": None, "networks": None, "regulated_status": "unregulated",
        "three_d_secure_usage": None, "wallet": None,
    }  # fmt: skip
    return books.make(
        "payment_method", "pm", type="card", card=card, customer=customer, metadata={}
    )


def create_customer(books: Books, given: dict[str, Any]) -> Thing:
    only(given, "email", "name", "metadata", "description")
    made = books.make(
        "customer", "cus", email=given.get("email"), name=given.get("name"),
        metadata=given.get("metadata") or {}, description=given.get("description"),
    )  # fmt: skip
    books.tell("customer.created", made)
    return made


def attach(books: Books, name: str, given: dict[str, Any]) -> Thing:
    only(given, "customer")
    customer = books.get("customer", need(given, "customer"))
    method = new_method(books, MAGIC[name]) if name in MAGIC else books.get("payment_method", name)
    if not behaviour(method).kept:
        code, why = behaviour(method).declines or ("card_declined", None)
        raise StripeError.card(code, why)
    method["customer"] = customer["id"]
    books.tell("payment_method.attached", method)
    return method


def create_session(books: Books, given: dict[str, Any], origin: str) -> Thing:
    only(
        given, "mode", "customer", "success_url", "cancel_url", "currency", "metadata",
        "client_reference_id", "payment_method_types",
    )  # fmt: skip
    if need(given, "mode") != "setup":
        raise StripeError.invalid("This server has Checkout in setup mode only.", "mode", "unknown")
    if not given.get("currency") and not given.get("payment_method_types"):
        raise StripeError.invalid(
            "Missing required param: currency.", "currency", "parameter_missing"
        )
    books.get("customer", need(given, "customer"))
    intent = books.make(
        "setup_intent", "seti", status="requires_payment_method", usage="off_session",
        customer=given["customer"], payment_method=None, metadata={}, last_setup_error=None,
    )  # fmt: skip
    made = books.make(
        "checkout.session", "cs_test", mode="setup", status="open", customer=given["customer"],
        setup_intent=intent["id"], success_url=need(given, "success_url"), cancel_url=given.get("cancel_url"),
        metadata=given.get("metadata") or {}, client_reference_id=given.get("client_reference_id"),
        payment_status="no_payment_required", expires_at=books.now() + 86_400,
    )  # fmt: skip
    made["url"] = f"{origin}/pay/{made['id']}"
    return made


def complete_session(books: Books, name: str, number: str) -> str:
    """What a customer does on Stripe's page; where he is sent back to. Raises StripeError for a bad card."""
    session = books.get("checkout.session", name)
    intent = books.get("setup_intent", session["setup_intent"])
    method = new_method(books, number, session["customer"])
    if not behaviour(method).kept:
        raise StripeError.card("card_declined", "generic_decline")
    intent |= {"status": "succeeded", "payment_method": method["id"]}
    session |= {"status": "complete", "url": None}
    books.tell("setup_intent.succeeded", intent)
    books.tell("checkout.session.completed", session)
    url: str = session["success_url"]
    return url.replace("{CHECKOUT_SESSION_ID}", name)


def detach(books: Books, name: str) -> Thing:
    method = books.get("payment_method", name)
    method["customer"] = None
    books.tell("payment_method.detached", method)
    return method


def create_portal(books: Books, given: dict[str, Any], origin: str) -> Thing:
    only(given, "customer", "return_url", "configuration", "flow_data")
    customer = books.get("customer", need(given, "customer"))
    made = books.make(
        "billing_portal.session", "bps", customer=customer["id"], return_url=given.get("return_url"),
    )  # fmt: skip
    made["url"] = f"{origin}/p/session/{made['id']}"
    return made


def kept_by(books: Books, customer: str) -> list[Thing]:
    """The payment methods of a customer, newest first."""
    books.get("customer", customer)
    return [one for one in books.all("payment_method") if one["customer"] == customer]
