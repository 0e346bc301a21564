"""Letters to subscribers: a payment that failed, a price that rises, an end they did not ask for."""

from collections.abc import Sequence
from datetime import datetime

from arena.kit.clock import iso_ms
from arena.kit.db import Tx
from arena.kit.ids import derived
from arena.kit.mail import Link, Message
from arena.kit.money import Money
from arena.marketplace import listings
from arena.marketplace.subscriptions.model import (
    NOTICE_DAYS,
    RenewalCostsMore,
    RetryFailed,
    SubscriptionEnded,
    SubscriptionFellBehind,
    SubscriptionPaused,
    SubscriptionResumesSoon,
)
from arena.people import identity
from arena.people.access import Post

_ENDED = {
    "unpaid": "its renewal could not be charged, however often it was tried",
    "price_rise": "its price has risen, and you have not agreed to the new one",
    "listing_delisted": "its creator has stopped selling it",
    "listing_taken_down": "the operator has taken the listing off the market; what was paid and not delivered is owed"
    " back to you",
}  # fmt: skip


async def send_fell_behind(tx: Tx, fact: SubscriptionFellBehind, *, post: Post) -> None:
    """Raises MailNotSent."""
    title, email = await _whom(tx, fact.listing_id, fact.person_id)
    access = f" Your access lasts until {_day(fact.access_until)}." if fact.access_until else ""
    why = _why(fact.reason)
    words = (
        "Hello,",
        f"the renewal of your subscription to {title} did not go through: {why}.{access}",
        f"It is tried again {_day(fact.retry_at)}, and less often after that; at last the subscription ends. Another"
        " card is charged the moment you choose it. If you do not want it any more, cancel: nothing is tried again.",
        Link("Pay with another card, or cancel", _page(post, fact.subscription_id)),
    )
    parts = (fact.subscription_id, "behind", _day(fact.retry_at))
    await _send(post, parts, email, "A payment did not go through", words)


async def send_retry_failed(tx: Tx, fact: RetryFailed, *, post: Post) -> None:
    """Raises MailNotSent."""
    title, email = await _whom(tx, fact.listing_id, fact.person_id)
    why = _why(fact.reason)
    then = (
        f"The last try is on {_day(fact.retry_at)}; if it fails, the subscription ends."
        if fact.last
        else f"It is tried again {_day(fact.retry_at)}."
    )
    words = (
        "Hello,",
        f"the renewal of your subscription to {title} was tried again and did not go through: {why}.",
        f"{then} Another card is charged the moment you choose it. If you do not want it any more, cancel: nothing is"
        " tried again.",
        Link("Pay, or cancel", _page(post, fact.subscription_id)),
    )
    subject = "The last try to renew your subscription" if fact.last else "A payment failed again"
    await _send(post, (fact.subscription_id, "retry", fact.attempt_id), email, subject, words)


async def send_costs_more(tx: Tx, fact: RenewalCostsMore, *, post: Post) -> None:
    """Raises MailNotSent."""
    title, email = await _whom(tx, fact.listing_id, fact.person_id)
    agreed, asked = Money(fact.agreed, fact.currency), Money(fact.asked, fact.currency)
    words = (
        "Hello,",
        f"{title} costs {asked} from now on. You pay {agreed}, and you are never charged more than you agreed to.",
        f"If you agree, {asked} is charged from the next renewal on. If you do not, your subscription ends where the"
        f" next charge would be, {_day(fact.ends_at)}, and nothing more is charged. A rise in the last {NOTICE_DAYS}"
        " days before a renewal counts for the one after it.",
        Link("Agree to the new price, or let it end", _page(post, fact.subscription_id)),
    )
    parts = (fact.subscription_id, "price", fact.asked, iso_ms(fact.ends_at))
    await _send(post, parts, email, f"{title} costs more", words)


async def send_paused(tx: Tx, fact: SubscriptionPaused, *, post: Post) -> None:
    """Raises MailNotSent."""
    title, email = await _whom(tx, fact.listing_id, fact.person_id)
    words = (
        "Hello,",
        f"your subscription to {title} is paused, as you wished: nothing is charged, and no signals come.",
        f"It goes on by itself, and its next period is charged, on {_day(fact.resumes_at)}. You can resume it sooner,"
        " or cancel it, at any time.",
        Link("Resume or cancel", _page(post, fact.subscription_id)),
    )
    parts = (fact.subscription_id, "paused", iso_ms(fact.resumes_at))
    await _send(post, parts, email, f"{title} is paused", words)


async def send_resumes_soon(tx: Tx, fact: SubscriptionResumesSoon, *, post: Post) -> None:
    """Raises MailNotSent."""
    title, email = await _whom(tx, fact.listing_id, fact.person_id)
    words = (
        "Hello,",
        f"the pause of your subscription to {title} is over on {_day(fact.resumes_at)}. The next period is charged"
        " then, and its signals come again.",
        "If you do not want it any more, cancel before: nothing is charged then.",
        Link("Look at it, or cancel", _page(post, fact.subscription_id)),
    )
    parts = (fact.subscription_id, "resumes", iso_ms(fact.resumes_at))
    await _send(post, parts, email, f"{title} goes on soon", words)


async def send_ended(tx: Tx, fact: SubscriptionEnded, *, post: Post) -> None:
    """Nothing for an end its person chose. Raises MailNotSent."""
    if fact.reason not in _ENDED:
        return
    title, email = await _whom(tx, fact.listing_id, fact.person_id)
    words = (
        "Hello,",
        f"your subscription to {title} has ended: {_ENDED[fact.reason]}. Nothing more is charged.",
        Link("What was paid, and the way back", _page(post, fact.subscription_id)),
    )
    await _send(post, (fact.subscription_id, "ended"), email, "Your subscription has ended", words)


def _why(reason: str) -> str:
    if reason == "requires_action":
        return "your bank asks you to confirm the payment, which waits for you on the page below"
    return "the card was declined"


async def _whom(tx: Tx, listing_id: str, person_id: str) -> tuple[str, str]:
    """The listing's title and the person's address."""
    title = (await listings.listing(tx, listing_id)).words.title
    return title, (await identity.person(tx, person_id)).email


async def _send(
    post: Post, parts: Sequence[str | int], email: str, subject: str, words: tuple[str | Link, ...]
) -> None:
    """Once, whoever asks how often: the id follows from what the letter is about."""
    await post.mail.send(Message(derived("ltr", *parts), email, subject, words))


def _page(post: Post, subscription_id: str) -> str:
    return post.link(f"/subscriptions/{subscription_id}")


def _day(at: datetime) -> str:
    return f"{at.day} {at:%B %Y, %H:%M} UTC"
