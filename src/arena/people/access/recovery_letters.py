"""Letters to whoever answers for a collective, about a new key that an operator binds to it."""

from arena.kit.clock import iso_ms
from arena.kit.db import Tx
from arena.kit.ids import derived
from arena.kit.mail import Link, Message
from arena.people import identity
from arena.people.access.letters import GREETING, Post


async def send_recovery_begun(tx: Tx, fact: identity.KeyRecoveryBegun, *, post: Post) -> None:
    """Nothing where nobody answers for the collective; its profile shows it all the same. Raises MailNotSent."""
    found = await identity.recovery(tx, fact.recovery_id)
    whose = await identity.collective(tx, found.collective_id)
    if whose.owner_id is None or found.status is not identity.RecoveryStatus.WAITING:
        return
    owner = await identity.person(tx, whose.owner_id)
    paragraphs = (
        GREETING,
        f"an operator of {post.settings.origin} will bind a new key to your collective {whose.name}, because all its"
        f" keys are said to be lost. At {iso_ms(found.due_at)} the new key begins to sign and every older one ends.",
        f"The operator's reason: {found.reason}",
        "If you did not ask for this, stop it before that; nothing changes then.",
        Link("Look at it, or stop it", post.link(f"/studio/collectives/{whose.id}#recovery")),
    )
    await post.mail.send(Message(found.id, owner.email, f"A new key for {whose.name}", paragraphs))


async def send_recovery_ended(tx: Tx, fact: identity.KeyRecoveryEnded, *, post: Post) -> None:
    """Raises MailNotSent."""
    found = await identity.recovery(tx, fact.recovery_id)
    whose = await identity.collective(tx, found.collective_id)
    if whose.owner_id is None:
        return
    owner = await identity.person(tx, whose.owner_id)
    key_id = identity.key_id_of(found.public_key)
    if found.status is identity.RecoveryStatus.BOUND:
        subject = f"{whose.name} has a new key"
        words = f"your collective {whose.name} signs with the key {key_id} from now on; every older key has ended."
    else:
        subject = f"No new key for {whose.name}"
        words = f"the recovery of the keys of your collective {whose.name} was stopped; its keys are as they were."
    paragraphs: tuple[str | Link, ...] = (GREETING, words)
    if found.ended_reason:
        paragraphs += (f"The reason: {found.ended_reason}",)
    paragraphs += (Link("Its keys", post.link(f"/studio/collectives/{whose.id}#keys")),)
    name = derived("ltr", found.id, found.status.value)
    await post.mail.send(Message(name, owner.email, subject, paragraphs))
