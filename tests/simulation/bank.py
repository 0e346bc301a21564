"""What customers and their banks do at Stripe, where the arena only hears of it."""

import random
from collections.abc import Callable

from tests.doubles.stripe_server import StripeServer
from tests.doubles.stripe_server.books import Thing

GOOD, BROKEN, ASKING, LATE, NEVER = (
    "4242424242424242", "4000000000000341", "4000002760003184", "4000000000007726", "4000000000005126",
)  # fmt: skip
CARDS = (GOOD,) * 6 + (ASKING, LATE, NEVER)
LATE_DAYS = 8  # banks may take ten, and the arena asks so long
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


def a_payout_arrives(server: StripeServer, chance: random.Random) -> str | None:
    """At a creator's bank, or it is sent back at once."""
    found = _payouts(server, "pending")
    if not found:
        return None
    account, payout = chance.choice(found)
    fails = chance.choice((None,) * 8 + ("account_closed", "no_account"))
    server.end_payout(account, payout["id"], fails=fails)
    return f"{payout['id']} {payout['status']}"


def a_bank_sends_back(server: StripeServer, chance: random.Random) -> str | None:
    """What had arrived some days ago."""
    since = server.books.now() - LATE_DAYS * 86_400
    found = [(a, one) for a, one in _payouts(server, "paid") if one["created"] > since]
    if not found:
        return None
    account, payout = chance.choice(found)
    server.end_payout(account, payout["id"], fails="no_account")
    return f"{payout['id']} came back"


def a_creator_changes_banks(server: StripeServer, chance: random.Random) -> str | None:
    account = _account(server, chance)
    if account is None:
        return None
    server.swap_bank(account["id"], f"{chance.randrange(10**12):012d}")
    return f"{account['id']} pays elsewhere"


def stripe_asks_for_more(server: StripeServer, chance: random.Random) -> str | None:
    """Now and then it closes payouts until it has it."""
    account = _account(server, chance)
    if account is None or account["requirements"]["currently_due"]:
        return None
    closes = chance.random() < 0.6
    server.require(account["id"], "individual.verification.document", closes=closes)
    return f"{account['id']} is to show a document, payouts {'closed' if closes else 'open'}"


def a_creator_answers(server: StripeServer, chance: random.Random) -> str | None:
    account = _account(server, chance, due=True)
    if account is None:
        return None
    server.require(account["id"])
    return f"{account['id']} showed it"


def an_account_is_closed(server: StripeServer, chance: random.Random) -> str | None:
    """For good. Never the last one."""
    account = _account(server, chance)
    if account is None or len(_accounts(server)) < 2:
        return None
    server.close_account(account["id"])
    return f"{account['id']} closed"


def stripe_pays_the_arena(server: StripeServer, chance: random.Random) -> str | None:
    """A part of what it holds, so that now and then it has too little for a transfer."""
    amount = server.balance * chance.randrange(30, 90) // 100
    if amount < 10_000:
        return None
    return f"{server.to_own_bank(amount)['id']} {amount}"


HAPPENINGS: tuple[tuple[Happening, float], ...] = (
    (a_card_breaks, 0.25), (a_card_is_mended, 0.3), (a_customer_confirms, 0.5), (a_charge_is_disputed, 0.06),
    (a_dispute_is_decided, 0.15), (a_refund_ends, 0.5), (a_payout_arrives, 0.5), (a_bank_sends_back, 0.05),
    (a_creator_changes_banks, 0.04), (stripe_asks_for_more, 0.04), (a_creator_answers, 0.2),
    (an_account_is_closed, 0.002), (stripe_pays_the_arena, 0.04),
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


def _accounts(server: StripeServer) -> list[Thing]:
    """That are not closed."""
    return [
        one for one in server.books.all("account")
        if one["details_submitted"] and not (one["requirements"]["disabled_reason"] or "").startswith("rejected")
    ]  # fmt: skip


def _account(server: StripeServer, chance: random.Random, *, due: bool = False) -> Thing | None:
    found = [
        one for one in _accounts(server) if not due or one["requirements"]["currently_due"]
    ]  # fmt: skip
    return chance.choice(found) if found else None


def _payouts(server: StripeServer, status: str) -> list[tuple[str, Thing]]:
    """Of creators, each with its account."""
    return [
        (account["id"], payout) for account in server.books.all("account")
        for payout in server.of(account["id"]).all("payout") if payout["status"] == status
    ]  # fmt: skip
