"""Letters to who is paid: each move of a payout, papers that were decided or expire, disputes about what was earned."""

from collections.abc import Sequence

from arena.kit.clock import iso_ms
from arena.kit.db import Tx
from arena.kit.ids import derived
from arena.kit.mail import Link, Message
from arena.kit.money import Money
from arena.money import billing
from arena.money.billing import DisputeClosed, DisputeOpened
from arena.money.payouts import store
from arena.money.payouts.model import PaperJudged, PaperKind, PayoutMoved, TaxFormExpires
from arena.people import identity
from arena.people.access import Post

_MOVED = {
    "request": (
        "You asked for a payout",
        "you asked for a payout of {amount}. It is set aside and {next}. If it was not you, cancel it at once and"
        " choose another password.",
    ),
    "approve": (
        "Your payout was approved",
        "one operator has approved your payout of {amount}. A second one has to release it, then it is sent.",
    ),
    "release": (
        "Your payout was released",
        "two operators have agreed to your payout of {amount}. It is sent within the hour.",
    ),
    "send": (
        "Your payout is on its way",
        "your payout of {amount} was sent. Banks take up to three working days.",
    ),
    "paid": ("Your payout has arrived", "your payout of {amount} has arrived at your bank.{bank}"),
    "failed": (
        "Your payout did not arrive",
        "your payout of {amount} did not arrive: {reason} The money is available again. Look at your payout account"
        " before you ask again.",
    ),
    "reversed": (
        "Your payout came back",
        "your payout of {amount} had arrived and came back: {reason} The money is available again.",
    ),
    "cancel": (
        "Your payout was cancelled",
        "your payout of {amount} was cancelled and never sent.{why} The money is available again.",
    ),
}


_PAPERS: dict[PaperKind, str] = {
    "identity": "who you are",
    "tax_form": "your tax form",
    "account": "your payout account",
}


async def send_payout_moved(tx: Tx, fact: PayoutMoved, *, post: Post) -> None:
    """Raises MailNotSent."""
    step = fact.step or fact.state
    found = await store.payout(tx, fact.payout_id)
    if step not in _MOVED or found is None:
        return
    subject, words = _MOVED[step]
    reason = _sentence(found.reason or "the bank did not say why")
    said = words.format(
        amount=Money(fact.amount, fact.currency),
        next="two operators look at it before it is sent" if fact.state == "requested" else "sent within the hour",
        reason=reason, why=f" The reason: {reason}" if found.reason else "",
        bank=f" Its reference is {found.bank_reference}." if found.bank_reference else "",
    )  # fmt: skip
    link = Link("Your payouts", post.link("/studio/payouts"))
    await _send(tx, post, fact.person_id, (fact.payout_id, step), (subject, said, link))


async def send_paper_judged(tx: Tx, fact: PaperJudged, *, post: Post) -> None:
    """Raises MailNotSent."""
    found = await store.paper(tx, fact.paper_id)
    if found is None:
        return
    what = _PAPERS[found.kind]
    if fact.accepted:
        subject, said = "Accepted for your payouts", f"an operator has accepted {what}."
        link = Link("What a payout still needs", post.link("/studio/payouts"))
    else:
        subject, said = (
            "Refused for your payouts",
            f"an operator has refused {what}: {_sentence(found.reason or '')}",
        )
        link = Link("Hand in another", post.link(f"/studio/payouts/papers/{found.kind}"))
    await _send(tx, post, fact.person_id, (fact.paper_id, found.state), (subject, said, link))


async def send_tax_form_expires(tx: Tx, fact: TaxFormExpires, *, post: Post) -> None:
    """Raises MailNotSent."""
    day = f"{fact.expires_at.day} {fact.expires_at:%B %Y}"
    said = (
        f"your tax form holds until {day}: a W-8 ends with the third calendar year after it was signed. Without a new"
        " one nothing can be paid out from then on. It takes two minutes, and an operator has to look at it."
    )
    link = Link("Hand in a new tax form", post.link("/studio/payouts/papers/tax_form"))
    subject = "Your tax form is about to expire"
    await _send(
        tx, post, fact.person_id, (fact.paper_id, iso_ms(fact.expires_at)), (subject, said, link)
    )


async def send_dispute_opened(tx: Tx, fact: DisputeOpened, *, post: Post) -> None:
    """To the creator whose part of the charge is held back. Raises MailNotSent."""
    payee_id = await billing.payee_of(tx, fact.attempt_id)
    said = (
        f"a subscriber disputes a charge of {Money(fact.amount, fact.currency)} at his bank. Your part of it is set"
        " aside until the bank has decided, which takes up to three months; the subscription is suspended. The operator"
        " answers the bank, and your signed signals are the evidence. You need not do anything."
    )
    link = Link("Your earnings", post.link("/studio/earnings"))
    subject = "A charge is disputed"
    await _send(tx, post, payee_id, (fact.dispute_id, "opened"), (subject, said, link))


async def send_dispute_closed(tx: Tx, fact: DisputeClosed, *, post: Post) -> None:
    """Raises MailNotSent."""
    payee_id = await billing.payee_of(tx, fact.attempt_id)
    said = (
        "the bank has decided for us: the disputed charge stands, and your part of it is yours again."
        if fact.won
        else "the bank has decided for the subscriber: the charge is undone, and your part of it with it."
    )
    link = Link("Your earnings", post.link("/studio/earnings"))
    subject = "A dispute was won" if fact.won else "A dispute was lost"
    await _send(tx, post, payee_id, (fact.dispute_id, "closed"), (subject, said, link))


async def _send(
    tx: Tx, post: Post, person_id: str, about: Sequence[str], letter: tuple[str, str, Link]
) -> None:
    """Once, whoever asks how often; nobody is written to for a collective that nobody owns."""
    if not person_id.startswith("usr_"):
        return
    email = (await identity.person(tx, person_id)).email
    subject, said, link = letter
    words = ("Hello,", said, link)
    await post.mail.send(Message(derived("ltr", *about), email, subject, words))


def _sentence(words: str) -> str:
    return words if words.endswith((".", "!", "?")) else f"{words}."
