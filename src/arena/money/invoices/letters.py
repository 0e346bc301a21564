"""The letter that comes with an invoice: a receipt, or what is to be paid; and with a credit note."""

from arena.kit.clock import from_iso
from arena.kit.db import Tx
from arena.kit.ids import derived
from arena.kit.mail import Link, Message
from arena.kit.money import Money
from arena.money.invoices import store
from arena.money.invoices.model import Invoice, InvoiceIssued
from arena.people import identity
from arena.people.access import Post


async def send_invoice(tx: Tx, fact: InvoiceIssued, *, post: Post) -> None:
    """Nobody is written to about a collective that nobody owns. Raises MailNotSent."""
    found = await store.one(tx, fact.invoice_id)
    assert found is not None, f"no invoice {fact.invoice_id}"
    if found.person_id is None:
        return
    email = (await identity.person(tx, found.person_id)).email
    subject, said = _words(found)
    words: tuple[str | Link, ...] = (
        "Hello,",
        *said,
        Link(f"{found.label}, to print or to keep", post.link(f"/account/invoices/{found.id}")),
    )
    await post.mail.send(Message(derived("ltr", found.id, "issued"), email, subject, words))


def _words(found: Invoice) -> tuple[str, list[str]]:
    document, total = found.document, found.total
    if found.kind == "credit_note":
        of = document["credits"]["number"]
        return f"Credit note {found.label}", [
            f"{total} of the invoice {of} are taken back: {document['reason']}. What you had paid of it goes back the"
            " way it came."
        ]
    lines = [
        f"{line['description']}: {Money(int(line['total']), total.currency)}"
        for line in document["lines"]
    ]
    if "due_at" not in document:
        head = f"you have paid {total} with {document['paid_with']}. This is your receipt and invoice {found.label}:"
        return f"Receipt and invoice {found.label}", [head, *lines]
    due = from_iso(document["due_at"])
    head = f"here is the invoice {found.label} over {total}:"
    tail = (
        f"It is charged to your card. Without one, please pay by {due.day} {due:%B %Y}."
        " Calls by API key stop some days after an invoice has become past due."
    )
    return f"Invoice {found.label} over {total}", [head, *lines, tail]
