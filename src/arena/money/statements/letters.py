"""The letter to a creator whose month is closed: what it came to, and where the statement is."""

from arena.kit.db import Tx
from arena.kit.ids import derived
from arena.kit.mail import Link, Message
from arena.kit.money import Money
from arena.money.statements.model import PeriodClosed
from arena.money.statements.read import first_of, statement
from arena.people import identity
from arena.people.access import Post


async def send_statement(tx: Tx, fact: PeriodClosed, *, post: Post) -> None:
    """Not for a collective that nobody owns, nor for a month in which nothing moved and nothing stands.

    Raises MailNotSent.
    """
    if not fact.creator_id.startswith("usr_"):
        return
    found = await statement(tx, fact.creator_id, first_of(fact.month))
    opening, closing = (_total(found.document[which]) for which in ("opening", "closing"))
    if not found.document["lines"] and not closing:
        return
    words = (
        "Hello,",
        f"your statement for {fact.month} is there. It opened with {Money(opening)} and closed with {Money(closing)};"
        " every line names the journal it comes from. The file's digest is in the arena's log, so that nobody can"
        " change it unseen.",
        Link("Read it, or take it home as PDF, CSV or signed JSON", post.link(f"/studio/statements/{fact.month}")),
    )  # fmt: skip
    email = (await identity.person(tx, fact.creator_id)).email
    letter_id = derived("ltr", fact.statement_id)
    await post.mail.send(Message(letter_id, email, f"Your statement for {fact.month}", words))


def _total(amounts: dict[str, str]) -> int:
    return int(amounts["total"])
