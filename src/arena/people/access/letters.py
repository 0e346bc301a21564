"""Letters to people about their accounts: written by reactions to facts, which know ids and no secret."""

from dataclasses import dataclass

from arena.kit.clock import wall_now
from arena.kit.db import Tx
from arena.kit.ids import derived
from arena.kit.mail import Link, Mail, Message
from arena.kit.settings import Settings
from arena.people import identity
from arena.people.access.model import PasswordChanged, PasswordResetRequested
from arena.people.access.password import RESET_MINUTES, reset_token

GREETING = "Hello,"
NOT_YOU = "If it was not you, do nothing: without the link nothing happens."


@dataclass(frozen=True, slots=True)
class Post:
    """What letters need: a way out, the arena's address, and its vault."""

    mail: Mail
    settings: Settings

    def link(self, path: str) -> str:
        return self.settings.origin + path


async def send_reset_link(tx: Tx, fact: PasswordResetRequested, *, post: Post) -> None:
    """Nothing is sent to an address that nobody has, nor once the link is over. Raises MailNotSent."""
    row = await tx.fetchrow(
        """select p.email from password_reset r join person p on p.id = r.person_id
           where r.id = $1 and r.used_at is null and r.expires_at > $2""",
        fact.reset_id, wall_now(),
    )  # fmt: skip
    if row is None:
        return
    token = reset_token(post.settings.vault, fact.reset_id)
    paragraphs = (
        GREETING,
        f"somebody, we hope you, wants a new password for this address at {post.settings.origin}.",
        Link(f"Choose it here, within {RESET_MINUTES} minutes", post.link(f"/reset/{token}")),
        "The link works once. A new password signs you out everywhere; your API keys stay as they are.",
        NOT_YOU,
    )
    await post.mail.send(
        Message(fact.reset_id, row["email"], "A new password for Sigma Arena", paragraphs)
    )


async def send_password_changed(tx: Tx, fact: PasswordChanged, *, post: Post) -> None:
    """Raises MailNotSent."""
    person = await identity.person(tx, fact.person_id)
    by = "by the link we sent you" if fact.how == "reset" else "on your account's page"
    paragraphs = (
        GREETING,
        f"the password of your account at {post.settings.origin} was changed {by}. Sessions elsewhere have ended;"
        " your API keys stay as they are.",
        "If it was not you, take the account back at once, then look through your API keys.",
        Link("Ask for a new password", post.link("/forgot")),
        Link("Your API keys", post.link("/account/keys")),
    )
    await post.mail.send(
        Message(fact.change_id, person.email, "Your password was changed", paragraphs)
    )


async def send_creator_decision(tx: Tx, fact: identity.CreatorDecided, *, post: Post) -> None:
    """Raises MailNotSent."""
    asked = await identity.creator_request(tx, fact.request_id)
    person = await identity.person(tx, asked.person_id)
    granted = asked.status is identity.RequestStatus.GRANTED
    if granted:
        subject = "You may offer listings now"
        words: tuple[str | Link, ...] = (
            f"you are a creator at {post.settings.origin} now.",
            Link("Your studio, where listings are made", post.link("/studio")),
        )
    else:
        subject = "Your wish to offer listings"
        words = (f"your wish to be a creator at {post.settings.origin} was not granted.",)
        if asked.reason:
            words += (f"The reason: {asked.reason}",)
        words += (Link("What you can do", post.link("/account/creator")),)
    name = derived("crd", fact.request_id, asked.status.value)
    await post.mail.send(Message(name, person.email, subject, (GREETING, *words)))
