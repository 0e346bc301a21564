"""A letter to the person whose feed the arena has given up deciding for."""

from arena.kit.db import Tx
from arena.kit.ids import derived
from arena.kit.mail import Link, Message
from arena.people import identity
from arena.people.access import Post
from arena.signals import feeds
from arena.signals.strategists.hosting.model import HostingFailed


async def send_hosting_failed(tx: Tx, fact: HostingFailed, *, post: Post) -> None:
    """Raises MailNotSent."""
    feed = await feeds.feed(tx, fact.feed_id)
    collective = await identity.collective(tx, feed.collective_id)
    if collective.owner_id is None:
        return
    person = await identity.person(tx, collective.owner_id)
    words = (
        "Hello,",
        f"the arena has stopped deciding for your feed {feed.name}: its strategy failed at several bars in a row. The"
        " feed keeps its last target, and the key the arena signed with has ended.",
        "Mend the strategy, make its card again, give the feed the new lineage, and start it again; or run it"
        " yourself.",
        Link("What went wrong, bar by bar", post.link("/studio/lab/sources")),
    )
    await post.mail.send(
        Message(
            derived("hst", fact.hosting_id, "failed"), person.email,
            "Your hosted strategy was stopped", words,
        )
    )  # fmt: skip
