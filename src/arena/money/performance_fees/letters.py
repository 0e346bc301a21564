"""Letters about performance fees: what a closed period came to, with its warnings; and that an operator switched."""

from arena.kit.db import Tx
from arena.kit.ids import derived
from arena.kit.mail import Link, Message
from arena.kit.money import Money
from arena.money.performance_fees.model import FeeModeChanged, FeePeriodClosed
from arena.people import identity
from arena.people.access import Post

_ENDS = {
    "warned": "Withdrawals have left less than the minimum under the contract. If it is still so when the next period"
    " closes, what was earned until then is due and the contract stops; money that comes back keeps it going.",
    "stopped": "Withdrawals had left less than the minimum for a whole period, and the contract has stopped. Your marks"
    " are kept should you come back.",
}
_GOES = {
    "off": "no performance fees are taken in the copier's country",
    "shadow": "performance fees are computed and shown, and not charged",
    "charged": "performance fees are charged: invoiced as a period closes",
}


async def send_period_closed(tx: Tx, fact: FeePeriodClosed, *, post: Post) -> None:
    """Raises MailNotSent."""
    fee, held = Money(fact.fee, fact.currency), Money(fact.held, fact.currency)
    name = (await identity.persons(tx, [fact.creator_id])).get(fact.creator_id)
    whose = name.name if name else fact.creator_id
    said = f"a period of your performance fee contract with {whose} has closed. "
    if not fact.fee:
        said += "Nothing is due."
        if fact.outcome != "stopped":
            said = said[:-1] + ": there was no new high."
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


async def send_mode_changed(tx: Tx, fact: FeeModeChanged, *, post: Post) -> None:
    """To copier and creator, what goes from when on. Raises MailNotSent."""
    people = await identity.persons(tx, [fact.copier_id, fact.creator_id])
    for mine, other, room in (
        (fact.copier_id, fact.creator_id, "account"), (fact.creator_id, fact.copier_id, "studio"),
    ):  # fmt: skip
        name = people[other].name if other in people else other
        at_once = fact.holds_from == fact.switched_at
        since = "From now on" if at_once else f"From {fact.holds_from:%Y-%m-%d} on"
        said = f"{since} {_GOES[fact.mode]}. It concerns your contract with {name}."
        stays = "What was held in the open period is free again." if at_once else (
            f"The open period ends as it began: in it {_GOES[fact.before]}."
        )  # fmt: skip
        words: list[str | Link] = ["Hello,", said, stays]
        if mine == fact.copier_id and not at_once:
            words.append("Who does not want that leaves before: his marks are kept.")
        link = post.link(f"/{room}/performance-fees/{fact.contract_id}")
        words.append(Link("The contract", link))
        email = (await identity.person(tx, mine)).email
        letter = derived("ltr", fact.contract_id, fact.switched_at.isoformat(), fact.mode, mine)
        subject = "Performance fees in your contract change"
        await post.mail.send(Message(letter, email, subject, tuple(words)))
