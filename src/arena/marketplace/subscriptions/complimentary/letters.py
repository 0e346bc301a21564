"""Letters about complimentary access: the invitation with its link, that it was claimed, that it is over."""

from datetime import timedelta

from arena.kit.db import Tx
from arena.kit.ids import derived
from arena.kit.mail import Link, Message
from arena.marketplace import listings
from arena.marketplace.subscriptions.complimentary import store
from arena.marketplace.subscriptions.complimentary.model import (
    LINK_DAYS,
    Complimentary,
    ComplimentaryClaimed,
    ComplimentaryEnded,
    ComplimentaryInvited,
    State,
)
from arena.marketplace.subscriptions.complimentary.read import giver
from arena.marketplace.subscriptions.complimentary.token import complimentary_token
from arena.people import identity
from arena.people.access import Post

WHY_OVER = {
    "over": "its last day is over",
    "revoked": "whoever gave it has ended it",
    "moderation": "the operator took the listing off the market",
}


async def send_invitation(tx: Tx, fact: ComplimentaryInvited, *, post: Post) -> None:
    """The same to every address, whether or not somebody has an account by it. Nothing where it was ended meanwhile.
    Raises MailNotSent."""
    found = await store.by_id(tx, fact.complimentary_id)
    if found is None or found.state is not State.INVITED:
        return
    title = (await listings.listing(tx, found.listing_id)).words.title
    path = f"/complimentary/{complimentary_token(post.settings.vault, found.id)}"
    words = (
        "Hello,",
        f"{await giver(tx, found)} gives you the signals of {title} at {post.settings.origin} for nothing, as"
        f" {found.tier.title()}, until the end of {_last_day(found)} (UTC, by the arena's time). No card is asked for,"
        " and nothing is charged when it ends.",
        Link("See the invitation", post.link(path)),
        f"The link works once, for {LINK_DAYS} days, and for whoever holds it; you can make an account on the way."
        " If you do not know the sender, do nothing.",
    )
    await post.mail.send(
        Message(
            derived("ltr", found.id, "invited"), found.email, f"Access to {title} for you", words
        )
    )


async def send_claimed(tx: Tx, fact: ComplimentaryClaimed, *, post: Post) -> None:
    """To who gave it, where that is a person. Raises MailNotSent."""
    found = await store.by_id(tx, fact.complimentary_id)
    assert found is not None
    if not found.given_by.startswith("usr_"):
        return
    title = (await listings.listing(tx, found.listing_id)).words.title
    holder = await identity.person(tx, fact.person_id)
    owner = await identity.person(tx, found.given_by)
    words = (
        "Hello,",
        f"{holder.name} has claimed the access to {title} that you offered to {found.email}, until the end of"
        f" {_last_day(found)}.",
        Link("What you gave", post.link(f"/studio/{found.listing_id}/audience#complimentary")),
    )
    if found.by_operator:  # the studio is its owner's
        words = (*words[:2], Link("The listing", post.link(f"/listings/{found.listing_id}")))
    subject = f"Your invitation to {title} was claimed"
    await post.mail.send(Message(derived("ltr", found.id, "claimed"), owner.email, subject, words))


async def send_ended(tx: Tx, fact: ComplimentaryEnded, *, post: Post) -> None:
    """To who had it, unless he gave it back himself. Raises MailNotSent."""
    if fact.reason == "given_back":
        return
    title = (await listings.listing(tx, fact.listing_id)).words.title
    holder = await identity.person(tx, fact.person_id)
    words = (
        "Hello,",
        f"your complimentary access to {title} is over: {WHY_OVER[fact.reason]}. Nothing was charged, and nothing will"
        " be. What you pay for yourself goes on.",
        Link("What the listing offers", post.link(f"/listings/{fact.listing_id}")),
    )
    subject = f"Your complimentary access to {title} is over"
    await post.mail.send(
        Message(derived("ltr", fact.complimentary_id, "over"), holder.email, subject, words)
    )


def _last_day(found: Complimentary) -> str:
    last = found.until - timedelta(days=1)
    return f"{last.day} {last:%B %Y}"
