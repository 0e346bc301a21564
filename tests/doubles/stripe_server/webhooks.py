"""Webhooks: events signed as Stripe signs them, told in order or shuffled, once or thrice, now or days later."""

import asyncio
import hashlib
import hmac
import json
import random
import time
from collections.abc import Awaitable, Callable

from tests.doubles.stripe_server.books import Books, Thing

WEBHOOK_SECRET = "whsec_of_the_local_server"
Told = Callable[[bytes, str], Awaitable[int]]
"""Takes the raw body and the header Stripe-Signature; answers the status."""


def signature(body: bytes, *, secret: str = WEBHOOK_SECRET, at: int | None = None) -> str:
    """https://docs.stripe.com/webhooks/signature: HMAC-SHA256 over `t.body`."""
    at = int(time.time()) if at is None else at
    mac = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={mac}"


async def tell(
    events: list[Thing], to: Told, *, copies: int = 1, shuffled: int | None = None
) -> list[int]:
    """Sends events; `shuffled` is the seed of their order. The statuses that were answered."""
    sent = [event for event in events for _ in range(copies)]
    if shuffled is not None:
        random.Random(shuffled).shuffle(sent)
    answers = []
    for event in sent:
        body = json.dumps(event, indent=2).encode()
        answers.append(await to(body, signature(body)))
    return answers


RETRIES = 3


async def deliver(
    mailbox: "Mailbox", to: Told, *, retries: int = RETRIES, wait_s: float = 0.01
) -> list[Thing]:
    """Delivers by itself, as Stripe does: what is answered by anything but 2xx, or not at all, is sent again after the
    others, later each time. Ends when all was delivered; gives what nobody took after all retries."""
    line = [(event, 0) for event in mailbox.new()]
    lost = []
    while line:
        event, tries = line.pop(0)
        body = json.dumps(event, indent=2).encode()
        try:
            taken = 200 <= await to(body, signature(body)) < 300
        except OSError:
            taken = False
        if not taken and tries < retries:
            await asyncio.sleep(wait_s * 2**tries)
            line.append((event, tries + 1))
        elif not taken:
            lost.append(event)
        line += [(new, 0) for new in mailbox.new()]
    return lost


class Mailbox:
    """Hands out events that were not handed out before, connected accounts' too."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._told = 0

    def new(self) -> list[Thing]:
        found = self._books.post[self._told :]
        self._told = len(self._books.post)
        return found
