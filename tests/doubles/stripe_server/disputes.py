"""Disputes: opened by a customer's bank, won or lost; the money goes out at once and may come back."""

from tests.doubles.stripe_server.balance import move
from tests.doubles.stripe_server.books import Books, Thing
from tests.doubles.stripe_server.shapes import EVIDENCE, EVIDENCE_DETAILS

FEE = 1500


def open_dispute(books: Books, charge_id: str, amount: int | None = None) -> Thing:
    """Takes the amount and a fee off the balance."""
    charge = books.get("charge", charge_id)
    amount = charge["amount"] - charge["amount_refunded"] if amount is None else amount
    charge["disputed"] = True
    made = books.make(
        "dispute", "dp", amount=amount, currency=charge["currency"], charge=charge_id,
        payment_intent=charge["payment_intent"], reason="fraudulent", status="needs_response", metadata={},
        is_charge_refundable=False, evidence=dict(EVIDENCE), evidence_details=dict(EVIDENCE_DETAILS),
        balance_transactions=[],
    )  # fmt: skip
    _move(books, made, -amount, FEE, "dispute")
    books.tell("charge.dispute.created", made)
    books.tell("charge.dispute.funds_withdrawn", made)
    return made


def close_dispute(books: Books, name: str, *, won: bool) -> Thing:
    made = books.get("dispute", name)
    made["status"] = "won" if won else "lost"
    if won:
        _move(books, made, made["amount"], 0, "dispute_reversal")
        books.tell("charge.dispute.funds_reinstated", made)
    books.tell("charge.dispute.closed", made)
    return made


def _move(books: Books, dispute: Thing, amount: int, fee: int, about: str) -> None:
    moved = move(
        books, "adjustment", amount, fee=fee, source=dispute["id"], currency=dispute["currency"], about=about
    )  # fmt: skip
    dispute["balance_transactions"].append(dict(moved))
