"""The letter to a copier whose period is closed: what it came to, what was held, and a warning where there is one."""

from arena.kit.db import Tx
from arena.kit.ids import derived
from arena.kit.mail import Link, Message
from arena.kit.money import Money
from arena.money.performance_fees.model import FeePeriodClosed
from arena.people import identity
from arena.people.access import Post

_ENDS = {
    "warned": "Withdrawals have left less than the minimum under the contract. If it is still so when the next period"
    " closes, that one costs nothing and the contract stops; money that comes back keeps it going.",
    "stopped": "Withdrawals had left less than the minimum for a whole period: this one costs nothing, and the contract"
    " has stopped. Your marks are kept should you come back.",
}


async def send_period_closed(tx: Tx, fact: FeePeriodClosed, *, post: Post) -> None:
    """Raises MailNotSent."""
    fee, held = Money(fact.fee, fact.currency), Money(fact.held, fact.currency)
    name = (await identity.persons(tx, [fact.creator_id])).get(fact.creator_id)
    whose = name.name if name else fact.creator_id
    said = f"a period of your performance fee contract with {whose} has closed. "
    if not fact.fee:
        said += "Nothing is due: there was no new high."
    elif fact.charged:
        said += f"The fee is {fee}; an invoice comes."
    else:
        said += f"The fee would be {fee}; it is only shown, and nothing is charged."
    if fact.held > fact.fee:
        said += f" {held} had been set aside when money left; {held - fee} of it is free again."
    words: tuple[str | Link, ...] = (
        "Hello,", said, *([_ENDS[fact.outcome]] if fact.outcome in _ENDS else []),
        Link("The statement, and how to compute it again", post.link(f"/account/performance-fees/{fact.contract_id}")),
    )  # fmt: skip
    email = (await identity.person(tx, fact.copier_id)).email
    subject = "A performance fee period has closed"
    await post.mail.send(Message(derived("ltr", fact.statement_id), email, subject, words))
