"""Letters of billing: operators are told of lines that are in one of the two books only, and that payouts wait."""

from arena.kit.db import Tx
from arena.kit.ids import derived
from arena.kit.mail import Link, Message
from arena.kit.money import Money
from arena.money.billing.model import BooksApart
from arena.money.billing.reconcile import Unmatched, unmatched
from arena.people.access import Post

LINES_MAX = 20


async def send_books_apart(tx: Tx, fact: BooksApart, *, post: Post) -> None:
    """To every operator, with the lines as they stand now. Raises MailNotSent."""
    apart = [line for line in await unmatched(tx, fact.gateway) if line.told]
    if not apart:
        return  # explained meanwhile
    subject = f"Our books and those of the gateway {fact.gateway} differ"
    words = (
        f"{len(apart)} lines have been in one of the two books only for a day. Nobody is paid out until each of them is"
        " explained."
    )
    lines = [_line(one) for one in apart[:LINES_MAX]]
    if len(apart) > LINES_MAX:
        lines.append(f"and {len(apart) - LINES_MAX} more.")
    link = Link("The lines, and what can be done about each", post.link("/operator/books"))
    operators = await tx.fetch(
        "select id, email from person where 'operator' = any(roles) order by id"
    )
    named = sorted(one.id for one in apart)
    for row in operators:
        await post.mail.send(Message(
            derived("ltr", row["id"], *named), row["email"], subject, ("Hello,", words, *lines, link)
        ))  # fmt: skip


def _line(one: Unmatched) -> str:
    whose = "ours only" if one.side == "ours" else "theirs only"
    amount = Money(one.amount, one.currency)
    return f"{one.at:%Y-%m-%d %H:%M} UTC, {whose}: {one.kind} {one.id} of {amount}."
