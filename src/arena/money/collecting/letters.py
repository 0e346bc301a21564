"""Letters about bills: one that was not paid, calls that are refused for it."""

from arena.kit.clock import iso_ms
from arena.kit.db import Tx
from arena.kit.ids import derived
from arena.kit.mail import Link, Message
from arena.money import buyers, invoices
from arena.money.collecting import store
from arena.money.collecting.model import BillFellBehind, CallsBlocked
from arena.people import identity
from arena.people.access import Post

_WHY = {
    "no_card": "you keep no card with us that could be charged",
    "not_transferred": "no transfer that names it has arrived",
    "requires_action": "your bank asks you to confirm the payment",
    "disputed": "your bank took the payment of an invoice before back, which this one asks for again",
}


async def send_behind(tx: Tx, fact: BillFellBehind, *, post: Post) -> None:
    """Nothing where it was settled meanwhile. Raises MailNotSent."""
    bill = await store.one(tx, fact.invoice_id)
    if bill is None or not bill.owed:
        return
    invoice = await invoices.invoice_of(tx, fact.invoice_id)
    email = (await identity.person(tx, fact.person_id)).email
    why = _WHY.get(fact.reason, "the card was declined")
    again = (
        f"It is tried again {_day(fact)}, and less often after that."
        if fact.retry_at
        else "It is not tried again by itself; it stays due."
    )
    stops = (
        " Calls by API key are refused until it is paid."
        if fact.reason == "disputed"
        else f" Calls by API key stop {fact.blocks_at.day} {fact.blocks_at:%B %Y} if it is not paid by then."
        if bill.debt.startswith("upl_")
        else ""
    )
    words = (
        "Hello,",
        f"of the invoice {invoice.label} {bill.left} are not paid: {why}.",
        f"{again}{stops}",
        Link("Pay it now, or see how to transfer", post.link(f"/account/invoices/{invoice.id}")),
    )
    at = iso_ms(fact.retry_at) if fact.retry_at else "last"
    message = Message(
        derived("ltr", invoice.id, "behind", at), email, f"Invoice {invoice.label} is not paid", words
    )  # fmt: skip
    await post.mail.send(message)


async def send_blocked(tx: Tx, fact: CallsBlocked, *, post: Post) -> None:
    """Raises MailNotSent."""
    person_id = await buyers.payer_of(tx, fact.subject)
    if person_id is None:
        return
    email = (await identity.person(tx, person_id)).email
    why = (
        "a payment for your calls was disputed with your bank, so calls by API key are refused from now on. They go on"
        " the moment the bank decides that the payment stands, or else when what it took back is paid."
        if fact.reason == "disputed"
        else "invoices for your calls are long past due, so calls by API key are refused from now on. They go on the"
        " moment what is due is paid."
    )
    words = (
        "Hello,",
        f"{why} What you subscribe to on the pages is not touched.",
        Link("What is due", post.link("/account/invoices")),
    )
    message = Message(
        derived("ltr", fact.subject, "blocked", iso_ms(fact.since)), email, "Your calls are refused", words
    )  # fmt: skip
    await post.mail.send(message)


def _day(fact: BillFellBehind) -> str:
    assert fact.retry_at is not None
    return f"{fact.retry_at.day} {fact.retry_at:%B %Y}"
