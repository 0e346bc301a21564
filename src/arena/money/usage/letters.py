"""Letters to who pays by the call: how much of his cap a month has used, and what was corrected, and why."""

from arena.kit.db import Tx
from arena.kit.ids import derived
from arena.kit.mail import Link, Message
from arena.money.usage.model import UsageAlerted, UsageCorrected
from arena.people import identity
from arena.people.access import Post


async def send_usage_alert(tx: Tx, fact: UsageAlerted, *, post: Post) -> None:
    """To the person, or to the one who owns the collective; nobody where there is none. Raises MailNotSent."""
    person_id = await _person(tx, fact.subject)
    if person_id is None:
        return
    email = (await identity.person(tx, person_id)).email
    month = f"{fact.month:%B %Y}"
    more = (
        "Calls beyond the cap are refused and not billed until the month ends or you raise it."
        if fact.percent >= 100
        else "Calls beyond it would be refused and not billed."
    )
    cap = f" of ${fact.cap // 100:,}.{fact.cap % 100:02d}" if fact.cap else ""
    words = (
        "Hello,",
        f"your calls in {month} have used {fact.percent} % of your cap{cap}. {more}",
        Link("Usage, and the cap", post.link(_page(fact.subject))),
    )
    parts = (fact.plan_id, f"{fact.month:%Y-%m}", fact.percent, fact.cap_number)
    await post.mail.send(
        Message(derived("ltr", *parts), email, f"{fact.percent} % of your cap is used", words)
    )


async def send_usage_corrected(tx: Tx, fact: UsageCorrected, *, post: Post) -> None:
    """To the same, with the operator's reason. Raises MailNotSent."""
    person_id = await _person(tx, fact.subject)
    if person_id is None:
        return
    email = (await identity.person(tx, person_id)).email
    count = f"{abs(fact.units):,} call" + ("" if abs(fact.units) == 1 else "s")
    moved = f"{count} were taken off" if fact.units < 0 else f"{count} were added"
    if abs(fact.units) == 1:
        moved = moved.replace(" were ", " was ")
    where = (
        "That month is invoiced already: what it costs otherwise is on your next invoice, or credited."
        if fact.invoiced
        else "That month's invoice will have what is left."
    )
    words = (
        "Hello,",
        f"what was counted for you in {fact.month:%B %Y} was corrected: {moved}. {where}",
        f"The reason: {fact.reason}",
        Link("Usage, with all corrections", post.link(_page(fact.subject))),
    )
    subject = f"Your calls in {fact.month:%B %Y} were corrected"
    await post.mail.send(Message(derived("ltr", fact.event_id), email, subject, words))


def _page(subject: str) -> str:
    return "/account/usage" + ("" if subject.startswith("usr_") else f"?subject={subject}")


async def _person(tx: Tx, subject: str) -> str | None:
    if subject.startswith("usr_"):
        return subject
    return (await identity.collective(tx, subject)).owner_id
