"""Transfers to connected accounts and back, and payouts from them to banks; each moves two balances or one."""

from typing import Any

from tests.doubles.stripe_server.balance import move
from tests.doubles.stripe_server.books import Books, Thing
from tests.doubles.stripe_server.errors import StripeError
from tests.doubles.stripe_server.forms import need, only, whole

RATES = {"usd": (1, 1), "eur": (9, 10), "gbp": (4, 5)}
"""What a dollar is in an account's own currency, as a fraction."""
REASONS = {
    "account_closed": "The bank account has been closed.",
    "no_account": "The bank account details on file are probably incorrect. No bank account could be located.",
}  # fmt: skip


def create(books: Books, theirs: dict[str, Books], given: dict[str, Any]) -> Thing:
    only(given, "amount", "currency", "destination", "transfer_group", "metadata", "description")
    amount, currency = whole(given, "amount"), need(given, "currency")
    account = books.get("account", need(given, "destination"))
    if account["capabilities"]["transfers"] != "active":
        raise StripeError.done(
            "Your destination account needs to have the transfers capability enabled.",
            "insufficient_capabilities_for_transfer",
        )  # fmt: skip
    if books.balance.get(currency, 0) < amount:
        raise StripeError.done(
            "You have insufficient available funds in your Stripe account.", "balance_insufficient"
        )
    there = theirs[account["id"]]
    made = books.make(
        "transfer", "tr", amount=amount, currency=currency, destination=account["id"],
        metadata=given.get("metadata") or {}, transfer_group=given.get("transfer_group"),
    )  # fmt: skip
    made["reversals"] = {
        "object": "list", "data": [], "has_more": False, "url": f"/v1/transfers/{made['id']}/reversals",
    }  # fmt: skip
    made["balance_transaction"] = move(
        books, "transfer", -amount, fee=0, source=made["id"], currency=currency
    )["id"]
    made["destination_payment"] = _arrive(there, account, amount)["id"]
    books.tell("transfer.created", made)
    return made


def _arrive(there: Books, account: Thing, amount: int) -> Thing:
    """In the account's own currency."""
    over, under = RATES[account["default_currency"]]
    arrived = amount * over // under
    payment = there.make(
        "charge", "py", amount=arrived, amount_refunded=0, amount_captured=arrived, customer=None,
        currency=account["default_currency"], payment_intent=None, payment_method=None, metadata={},
        status="succeeded", paid=True, captured=True, disputed=False, refunded=False, failure_code=None,
    )  # fmt: skip
    payment["balance_transaction"] = move(
        there, "payment", arrived, fee=0, source=payment["id"], currency=payment["currency"]
    )["id"]
    return payment


def reverse(books: Books, theirs: dict[str, Books], name: str, given: dict[str, Any]) -> Thing:
    only(given, "amount", "metadata", "description", "refund_application_fee")
    transfer = books.get("transfer", name)
    left = transfer["amount"] - transfer["amount_reversed"]
    amount = whole(given, "amount") if given.get("amount") else left
    if not 0 < amount <= left:
        raise StripeError.invalid(
            f"Reversal ({amount}) above the transfer ({left}).", "amount", "amount_too_large"
        )
    there = theirs[transfer["destination"]]
    payment = there.get("charge", transfer["destination_payment"])
    back = payment["amount"] * amount // transfer["amount"]
    if there.balance.get(payment["currency"], 0) < back:
        raise StripeError.done(
            "The account has insufficient funds for the reversal.", "balance_insufficient"
        )
    made = books.make(
        "transfer_reversal", "trr", amount=amount, currency=transfer["currency"], transfer=name,
        metadata=given.get("metadata") or {},
    )  # fmt: skip
    made["balance_transaction"] = move(
        books, "transfer_refund", amount, fee=0, source=made["id"], currency=transfer["currency"]
    )["id"]
    move(there, "payment_refund", -back, fee=0, source=payment["id"], currency=payment["currency"])
    transfer["amount_reversed"] += amount
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    transfer["reversals"]["data"].insert(0, dict(made))
    books.tell("transfer.reversed", transfer)
    return made


def pay_out(books: Books, account: Thing, given: dict[str, Any]) -> Thing:
    """From a connected account to its bank."""
    only(given, "amount", "currency", "metadata", "description", "statement_descriptor", "method")
    amount, currency = whole(given, "amount"), need(given, "currency")
    if not account["payouts_enabled"] or not account["external_accounts"]["data"]:
        raise StripeError.done("Payouts are not enabled for this account.", "payouts_not_allowed")
    if books.balance.get(currency, 0) < amount:
        raise StripeError.done(
            "You have insufficient funds in your Stripe account.", "balance_insufficient"
        )
    return begin_payout(
        books, amount, currency, destination=account["external_accounts"]["data"][0]["id"],
        metadata=given.get("metadata") or {},
    )  # fmt: skip


def begin_payout(books: Books, amount: int, currency: str, **more: Any) -> Thing:
    made = books.make(
        "payout", "po", amount=amount, currency=currency, status="pending", arrival_date=books.now() + 172_800,
        **{"destination": "ba_of_the_platform", "metadata": {}, **more},
    )  # fmt: skip
    made["balance_transaction"] = move(
        books, "payout", -amount, fee=0, source=made["id"], currency=currency
    )["id"]
    books.tell("payout.created", made)
    return made


def end_payout(books: Books, name: str, *, fails: str | None = None) -> Thing:
    """It arrives, or the bank sends it back: also after it had arrived."""
    made = books.get("payout", name)
    if fails is None:
        made["status"] = "paid"
        made["trace_id"] = {"status": "supported", "value": f"trace{name[-6:]}"}
        books.tell("payout.paid", made)
        return made
    made |= {
        "status": "failed",
        "failure_code": fails,
        "failure_message": REASONS.get(fails, fails),
    }
    made["failure_balance_transaction"] = move(
        books, "payout_failure", made["amount"], fee=0, source=name, currency=made["currency"]
    )["id"]
    books.tell("payout.failed", made)
    return made
