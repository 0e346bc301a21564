"""What customers and their banks do at Stripe, where the arena only hears of it."""

import random
from collections.abc import Callable

from tests.doubles.stripe_server import StripeServer
from tests.doubles.stripe_server.books import Thing

GOOD, BROKEN, ASKING, LATE, NEVER = (
    "4242424242424242", "4000000000000341", "4000002760003184", "4000000000007726", "4000000000005126",
)  # fmt: skip
CARDS = (GOOD,) * 6 + (ASKING, LATE, NEVER)
Happening = Callable[[StripeServer, random.Random], str | None]


def a_card_breaks(server: StripeServer, chance: random.Random) -> str | None:
    return _turn(server, chance, GOOD, BROKEN)


def a_card_is_mended(server: StripeServer, chance: random.Random) -> str | None:
    return _turn(server, chance, BROKEN, GOOD)


def a_customer_confirms(server: StripeServer, chance: random.Random) -> str | None:
    """Well, mostly."""
    intent = _one(chance, server.books.all("payment_intent"), status="requires_action")
    if intent is None:
        return None
    well = chance.random() < 0.8
    server.authenticate(intent["id"], well=well)
    return f"{intent['id']} {'confirmed' if well else 'not confirmed'}"


def a_charge_is_disputed(server: StripeServer, chance: random.Random) -> str | None:
    """All that is left of it."""
    paid = [
        charge for charge in server.books.all("charge")[:400]
        if charge["paid"] and not charge["disputed"] and charge["amount_refunded"] < charge["amount"]
    ]  # fmt: skip
    if not paid:
        return None
    charge = chance.choice(paid)
    return f"{server.dispute(charge['payment_intent'])['id']} of {charge['metadata']['arena']}"


def a_dispute_is_decided(server: StripeServer, chance: random.Random) -> str | None:
    dispute = _one(chance, server.books.all("dispute"), status="needs_response")
    if dispute is None:
        return None
    won = chance.random() < 0.5
    server.decide(dispute["id"], won=won)
    return f"{dispute['id']} {'won' if won else 'lost'}"


def a_refund_ends(server: StripeServer, chance: random.Random) -> str | None:
    """It arrives, or comes back."""
    refund = _one(chance, server.books.all("refund"), status="pending")
    if refund is None:
        return None
    server.finish_refund(refund["id"])
    return f"{refund['id']} {refund['status']}"


HAPPENINGS: tuple[tuple[Happening, float], ...] = (
    (a_card_breaks, 0.25), (a_card_is_mended, 0.3), (a_customer_confirms, 0.5), (a_charge_is_disputed, 0.06),
    (a_dispute_is_decided, 0.15), (a_refund_ends, 0.5),
)  # fmt: skip
"""And how likely each is, a tick."""


def _turn(server: StripeServer, chance: random.Random, before: str, after: str) -> str | None:
    cards = [one for one in server.books.all("payment_method") if one["card"]["_number"] == before]
    if not cards:
        return None
    card = chance.choice(cards)
    card["card"] = card["card"] | {"_number": after}
    return f"{card['id']} ends in {after[-4:]} now"


def _one(chance: random.Random, things: list[Thing], *, status: str) -> Thing | None:
    found = [thing for thing in things if thing["status"] == status]
    return chance.choice(found) if found else None
