"""Disputes: opened by a customer's bank, won or lost; the money goes out at once and may come back."""

from tests.doubles.stripe_server.balance import move
from tests.doubles.stripe_server.books import Books, Thing
from tests.doubles.stripe_server.shapes import EVIDENCE, EVIDENCE_DETAILS

FEE = 1500


def open_dispute(books: Books, charge_id: str, amount: int | None = None) -> Thing:
    """Takes the amount and a fee off the balance."""
    made = _make(books, charge_id, amount, "needs_response")
    books.tell("charge.dispute.created", made)
    _withdraw(books, made)
    return made


def inquire(books: Books, charge_id: str) -> Thing:
    """A bank only asks: no money moves, and the charge can still be refunded."""
    made = _make(books, charge_id, None, "warning_needs_response")
    books.tell("charge.dispute.created", made)
    return made


def escalate(books: Books, name: str) -> Thing:
    """An inquiry becomes a dispute."""
    made = books.get("dispute", name)
    made["status"] = "needs_response"
    books.tell("charge.dispute.updated", made)
    _withdraw(books, made)
    return made


def close_inquiry(books: Books, name: str) -> Thing:
    made = books.get("dispute", name)
    made["status"] = "warning_closed"
    books.tell("charge.dispute.closed", made)
    return made


def close_dispute(books: Books, name: str, *, won: bool, fee_back: bool = False) -> Thing:
    """Where it is won, the amount comes back, and with `fee_back` the fee, too."""
    made = books.get("dispute", name)
    made["status"] = "won" if won else "lost"
    if won:
        _move(books, made, made["amount"], -FEE if fee_back else 0, "dispute_reversal")
        books.tell("charge.dispute.funds_reinstated", made)
    books.tell("charge.dispute.closed", made)
    return made


def _make(books: Books, charge_id: str, amount: int | None, status: str) -> Thing:
    charge = books.get("charge", charge_id)
    amount = charge["amount"] - charge["amount_refunded"] if amount is None else amount
    return books.make(
        "dispute", "dp", amount=amount, currency=charge["currency"], charge=charge_id,
        payment_intent=charge["payment_intent"], reason="fraudulent", status=status, metadata={},
        is_charge_refundable=status.startswith("warning"), evidence=dict(EVIDENCE),
        evidence_details=dict(EVIDENCE_DETAILS), balance_transactions=[],
    )  # fmt: skip


def _withdraw(books: Books, made: Thing) -> None:
    books.get("charge", made["charge"])["disputed"] = True
    made["is_charge_refundable"] = False
    _move(books, made, -made["amount"], FEE, "dispute")
    books.tell("charge.dispute.funds_withdrawn", made)


def _move(books: Books, dispute: Thing, amount: int, fee: int, about: str) -> None:
    moved = move(
        books, "adjustment", amount, fee=fee, source=dispute["id"], currency=dispute["currency"], about=about
    )  # fmt: skip
    dispute["balance_transactions"].append(dict(moved))
