"""What people do to their money, by name: each takes a process's handle and plain words, so that any process can do it.

A repeat has the same words, hence the same intent. The answer is a word for the journal.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from arena.kit.clock import from_iso
from arena.kit.money import Money
from arena.marketplace import listings, moderation, subscriptions
from arena.money import billing, buyers, collecting, payouts, usage
from arena.people.access import Actor, scopes_of
from tests.marketplace.market import WORDS
from tests.simulation.handle import Handle

Words = dict[str, Any]
Act = Callable[[Handle, Words], Awaitable[str]]
ACTS: dict[str, Act] = {}
PLATFORM_BPS = 1_500


def act(do: Act) -> Act:
    ACTS[do.__name__.replace("_", " ")] = do
    return do


def person(words: Words, *roles: str) -> Actor:
    return Actor("person", words["person"], scopes_of(roles))


def operator(words: Words) -> Actor:
    return Actor("person", words["operator"], scopes_of(("operator",)))


@act
async def subscribe(arena: Handle, words: Words) -> str:
    wish = subscriptions.Wish(
        words["listing"], words["tier"], words["card"], words["period"], words["trial"], words["coupon"]
    )  # fmt: skip
    terms = subscriptions.Terms(words["intent"], PLATFORM_BPS)
    done = await subscriptions.subscribe(
        arena.db, arena.gateway, wish, actor=person(words), terms=terms
    )
    return done.subscription.status.value


@act
async def change(arena: Handle, words: Words) -> str:
    wish = subscriptions.NewTerms(words["subscription"], words["tier"], words["period"])
    agreed = subscriptions.Agreed(words["intent"], Money(words["charge"]), from_iso(words["at"]))
    done = await subscriptions.change(
        arena.db, arena.gateway, wish, actor=person(words), agreed=agreed
    )
    return done.change.state.value


@act
async def cancel(arena: Handle, words: Words) -> str:
    done = await subscriptions.cancel(
        arena.db, arena.gateway, words["subscription"], at=words["at"], actor=person(words)
    )
    return done.status.value


@act
async def undo(arena: Handle, words: Words) -> str:
    done = await subscriptions.take_back(
        arena.db, arena.gateway, words["subscription"], actor=person(words)
    )
    return done.status.value


@act
async def cool_off(arena: Handle, words: Words) -> str:
    async with arena.db.transaction() as tx:
        done = await subscriptions.cool_off(tx, words["subscription"], actor=person(words))
    return done.status.value


@act
async def pay_with(arena: Handle, words: Words) -> str:
    wish = (words["subscription"], words["card"])
    done = await subscriptions.pay_with(arena.db, arena.gateway, wish, actor=person(words))
    return done.status.value


@act
async def pause(arena: Handle, words: Words) -> str:
    async with arena.db.transaction() as tx:
        done = await subscriptions.pause(
            tx, words["subscription"], words["months"], actor=person(words)
        )
    return done.status.value


@act
async def go_on(arena: Handle, words: Words) -> str:
    """Before the pause is over."""
    done = await subscriptions.unpause(
        arena.db, arena.gateway, words["subscription"], actor=person(words)
    )
    return done.status.value


@act
async def agree(arena: Handle, words: Words) -> str:
    async with arena.db.transaction() as tx:
        found = await subscriptions.subscription(tx, words["subscription"])
        price = await subscriptions.asked(tx, found)
        await subscriptions.agree(tx, found.id, price or found.amount, actor=person(words))
    return "agreed"


@act
async def confirm(arena: Handle, words: Words) -> str:
    """The customer is back from his bank's page."""
    done = await billing.confirm(arena.db, arena.gateway, words["attempt"], actor=person(words))
    return done.state


@act
async def refund(arena: Handle, words: Words) -> str:
    amount = None if words["amount"] is None else Money(words["amount"])
    wish = billing.RefundWish(words["attempt"], words["intent"], "asked for", amount)
    done = await billing.refund(arena.db, arena.gateway, wish, actor=operator(words))
    return done.state


@act
async def raise_prices(arena: Handle, words: Words) -> str:
    tiers = [
        listings.Tier(name, Money(month), year=Money(year), trial_days=trial, team_seats=seats)
        for name, month, year, trial, seats in words["tiers"]
    ]
    async with arena.db.transaction() as tx:
        await listings.update(
            tx, words["listing"], words=WORDS, tiers=tiers, note="Prices", actor=person(words, "creator")
        )  # fmt: skip
    return "listed"


@act
async def take_down(arena: Handle, words: Words) -> str:
    async with arena.db.transaction() as tx:
        await moderation.take_down(
            tx, words["listing"], actor=operator(words), reason="Signals were copied."
        )
    return "taken down"


@act
async def ask_for_payout(arena: Handle, words: Words) -> str:
    amount = None if words["amount"] is None else Money(words["amount"])
    async with arena.db.transaction() as tx:
        done = await payouts.request_payout(
            tx, arena.settings, actor=person(words, "creator"), amount=amount
        )
    return done.state


@act
async def cancel_payout(arena: Handle, words: Words) -> str:
    async with arena.db.transaction() as tx:
        done = await payouts.cancel_payout(tx, words["payout"], actor=person(words, "creator"))
    return done.state


@act
async def approve_payout(arena: Handle, words: Words) -> str:
    async with arena.db.transaction() as tx:
        done = await payouts.approve_payout(tx, words["payout"], actor=operator(words))
    return done.state


@act
async def release_payout(arena: Handle, words: Words) -> str:
    async with arena.db.transaction() as tx:
        done = await payouts.release_payout(tx, words["payout"], actor=operator(words))
    return done.state


@act
async def reverse_payout(arena: Handle, words: Words) -> str:
    async with arena.db.transaction() as tx:
        done = await payouts.reverse_payout(
            tx, words["payout"], reason="It came back.", actor=operator(words)
        )
    return done.state


@act
async def change_account(arena: Handle, words: Words) -> str:
    """Another account to be paid to, which an operator looks at."""
    new = payouts.NewPaper("account", "fake", words["name"], "DE", words["number"])
    async with arena.db.transaction() as tx:
        paper = await payouts.hand_in(tx, arena.settings.vault, new, actor=person(words, "creator"))
        await payouts.decide_paper(tx, paper.id, accept=True, actor=operator(words), reason=None)
    return "accepted"


@act
async def open_account(arena: Handle, words: Words) -> str:
    """At Stripe, to be paid through; he has one, however often he asks."""
    await payouts.open_payout_account(
        arena.db, arena.settings, country=words["country"], form="person", actor=person(words)
    )
    return "on its page"


@act
async def say_who_is_billed(arena: Handle, words: Words) -> str:
    async with arena.db.transaction() as tx:
        await buyers.set_details(tx, billed(words["buyer"]), actor=person(words))
    return "written down"


def billed(buyer: str) -> buyers.BillingDetails:
    """As a person in DE or US, or as a company in DE with a number."""
    if buyer == "company":
        return buyers.BillingDetails("company", "Northwind", "1 Main Street", "DE", "DE136695976")
    return buyers.BillingDetails("individual", "Ada Buyer", "2 Main Street", buyer)


@act
async def set_tax_rate(arena: Handle, words: Words) -> str:
    """From now on, of DE."""
    async with arena.db.transaction() as tx:
        rate = buyers.TaxRate("DE", tx.now, words["bps"], reverse_charge=True)
        await buyers.set_rate(tx, rate, actor=operator(words))
    return "set"


@act
async def pay_a_bill(arena: Handle, words: Words) -> str:
    grace = timedelta(days=arena.settings.grace_days)
    wish = (words["bill"], words["card"])
    done, _ = await collecting.pay(arena.db, arena.gateway, wish, grace=grace, actor=person(words))
    return done.state.value


@act
async def book_a_transfer(arena: Handle, words: Words) -> str:
    """That an operator saw arrive; the bank's reference stays the same in a repeat."""
    async with arena.db.transaction() as tx:
        done = await collecting.receive(
            tx, words["bill"], Money(words["amount"]), bank_reference=words["intent"], actor=operator(words)
        )  # fmt: skip
    return done.state.value


@act
async def ask_for_write_off(arena: Handle, words: Words) -> str:
    async with arena.db.transaction() as tx:
        done = await collecting.ask_write_off(
            tx, words["bill"], reason="He cannot pay.", actor=operator(words)
        )
    return done.state


@act
async def write_off(arena: Handle, words: Words) -> str:
    async with arena.db.transaction() as tx:
        done = await collecting.decide_write_off(
            tx, words["bill"], accept=True, actor=operator(words)
        )
    return done.state


@act
async def correct_calls(arena: Handle, words: Words) -> str:
    """What was counted too much, of this month or of an earlier one."""
    async with arena.db.transaction() as tx:
        plan = await usage.live_plan(tx, words["person"])
        event = usage.Event(
            words["intent"], plan.id, "key_1", from_iso(words["month"]), tx.now, -words["units"], "Counted twice."
        )  # fmt: skip
        new = await usage.correct(tx, words["intent"], plan.id, event, actor=operator(words))
    return "corrected" if new else "was corrected"


@act
async def call(arena: Handle, words: Words) -> str:
    """Calls of the API that are paid for one by one; the event's id stays the same in a repeat."""
    async with arena.db.transaction() as tx:
        plan = await usage.live_plan(tx, words["person"])
        event = usage.Event(
            words["intent"], plan.id, "key_1", usage.month_of(tx.now), tx.now, words["units"]
        )
        from arena.money.usage.count import add

        return f"{await add(tx, [event])} counted"
