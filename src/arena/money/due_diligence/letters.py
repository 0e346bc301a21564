"""Letters of due diligence: a payee whose name is looked into is told so, and what came of it."""

from arena.kit.db import Tx
from arena.kit.ids import derived
from arena.kit.mail import Link, Message
from arena.money.due_diligence.model import SanctionsCaseMoved
from arena.people import identity
from arena.people.access import Post

_WORDS = {
    "open": (
        "Your name is looked into",
        "your name looks like one on a sanctions list that this arena has to compare payees with. That happens to many"
        " people who only share a name. An operator looks at it; until then nothing is paid out. You need not do"
        " anything; a document that shows your date of birth makes it quicker.",
    ),
    "cleared": (
        "Your name was looked into",
        "an operator has compared you with the sanctions list: it is somebody else. Payouts go on.",
    ),
    "lapsed": (
        "Your name is not looked into any more",
        "the name on the sanctions list that yours looked like is not there any more. Payouts go on.",
    ),
    "confirmed": (
        "Nothing can be paid out to you",
        "an operator has come to the decision that you are on a sanctions list. Nothing can be paid to you by law while"
        " that is so. What you earned stays where it is. If it is a mistake, write to the operator of this arena.",
    ),
}


async def send_case_moved(tx: Tx, fact: SanctionsCaseMoved, *, post: Post) -> None:
    """Raises MailNotSent."""
    subject, words = _WORDS[fact.state]
    email = (await identity.person(tx, fact.person_id)).email
    link = Link("The checklist of your payouts", post.link("/studio/payouts"))
    parts = (fact.case_id, fact.state)
    await post.mail.send(Message(derived("ltr", *parts), email, subject, ("Hello,", words, link)))
