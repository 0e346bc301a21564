"""Letters about seats: the invitation with its link, a seat that was taken, one that is over."""

from arena.kit.db import Tx
from arena.kit.ids import derived
from arena.kit.mail import Link, Message
from arena.marketplace import listings
from arena.marketplace.subscriptions.read import subscription
from arena.marketplace.subscriptions.seats import store
from arena.marketplace.subscriptions.seats.model import (
    LINK_DAYS,
    SeatClaimed,
    SeatInvited,
    SeatRevoked,
    State,
)
from arena.marketplace.subscriptions.seats.token import seat_token
from arena.people import identity
from arena.people.access import Post


async def send_invitation(tx: Tx, fact: SeatInvited, *, post: Post) -> None:
    """Nothing where it was revoked meanwhile. Raises MailNotSent."""
    seat = await store.by_id(tx, fact.seat_id)
    if seat is None or seat.state is not State.INVITED:
        return
    title = (await listings.listing(tx, seat.listing_id)).words.title
    owner = await identity.person(tx, (await subscription(tx, seat.subscription_id)).person_id)
    words = (
        "Hello,",
        f"{owner.name} ({owner.email}) invites you to receive the signals of {title} at {post.settings.origin}, as one"
        " of his team. It costs you nothing.",
        Link("See the invitation", post.link(f"/seats/{seat_token(post.settings.vault, seat.id)}")),
        f"The link works once, for {LINK_DAYS} days, and for whoever holds it; you can make an account on the way."
        " If you do not know the sender, do nothing.",
    )
    parts = (seat.id, "invited", seat.link_until.isoformat())
    await post.mail.send(
        Message(derived("ltr", *parts), seat.email, f"A seat at {title} for you", words)
    )


async def send_claimed(tx: Tx, fact: SeatClaimed, *, post: Post) -> None:
    """To the subscriber. Raises MailNotSent."""
    found = await subscription(tx, fact.subscription_id)
    seat = await store.by_id(tx, fact.seat_id)
    assert seat is not None
    title = (await listings.listing(tx, found.listing_id)).words.title
    owner, holder = (
        await identity.person(tx, found.person_id),
        await identity.person(tx, fact.person_id),
    )
    words = (
        "Hello,",
        f"{holder.name} ({holder.email}) has taken the seat at {title} that you offered to {seat.email}.",
        Link("The seats of your subscription", post.link(f"/subscriptions/{found.id}/seats")),
    )
    await post.mail.send(
        Message(
            derived("ltr", seat.id, "claimed"), owner.email, f"A seat at {title} was taken", words
        )
    )


async def send_revoked(tx: Tx, fact: SeatRevoked, *, post: Post) -> None:
    """To its holder, unless he gave it back himself. Raises MailNotSent."""
    if fact.reason == "given_back":
        return
    seat = await store.by_id(tx, fact.seat_id)
    assert seat is not None
    title = (await listings.listing(tx, seat.listing_id)).words.title
    holder = await identity.person(tx, fact.person_id)
    words = (
        "Hello,",
        f"your seat at {title} is over, and with it your access to its signals.",
        Link("What the listing offers", post.link(f"/listings/{seat.listing_id}")),
    )
    await post.mail.send(
        Message(
            derived("ltr", seat.id, "over"), holder.email, f"Your seat at {title} is over", words
        )
    )
