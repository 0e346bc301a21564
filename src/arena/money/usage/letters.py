"""Letters to who pays by the call: how much of his cap a month has used."""

from arena.kit.db import Tx
from arena.kit.ids import derived
from arena.kit.mail import Link, Message
from arena.money.usage.model import UsageAlerted
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
    words = (
        "Hello,",
        f"your calls in {month} have used {fact.percent} % of the cap you set. {more}",
        Link("Usage, and the cap", post.link("/account/usage")),
    )
    parts = (fact.plan_id, f"{fact.month:%Y-%m}", fact.percent)
    await post.mail.send(
        Message(derived("ltr", *parts), email, f"{fact.percent} % of your cap is used", words)
    )


async def _person(tx: Tx, subject: str) -> str | None:
    if subject.startswith("usr_"):
        return subject
    return (await identity.collective(tx, subject)).owner_id
