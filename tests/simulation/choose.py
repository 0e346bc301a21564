"""What somebody does next: drawn by weight, then for whom, from what stands in the database."""

import random
from collections.abc import Awaitable, Callable
from typing import Any

from arena.kit.clock import iso_ms
from arena.kit.db import Row, Tx
from arena.kit.errors import ArenaError
from arena.marketplace import subscriptions
from arena.people.access import Actor
from tests.simulation.acts import Words
from tests.simulation.cast import BUYERS, COUNTRIES, COUPONS, TEAM_SEATS, Cast
from tests.simulation.choose_fees import OF_FEES
from tests.simulation.choose_rights import OF_RIGHTS
from tests.simulation.choose_usage import OF_USAGE

Chooser = Callable[[Tx, random.Random, Cast], Awaitable[Words | None]]
_BILLS = "select * from bill where state in ('open', 'past_due') order by due_at, invoice_id"
_LIVE = "select * from subscription where status in ('active', 'past_due') order by created_at, id"


async def subscribe(tx: Tx, draw: random.Random, cast: Cast) -> Words:
    person, listing = draw.choice(cast.subscribers), draw.choice(cast.listings)
    trial = draw.random() < 0.15
    return {
        "person": person, "listing": listing, "card": draw.choice(cast.cards[person]),
        "tier": "pro" if trial else draw.choice(("basic", "basic", "pro", "pro", "enterprise")),
        "period": "year" if draw.random() < 0.1 else "month", "trial": trial,
        "coupon": draw.choice(COUPONS)[0] if draw.random() < 0.2 else None,
    }  # fmt: skip


async def change(tx: Tx, draw: random.Random, cast: Cast) -> Words | None:
    """What it comes to is asked first, as a person sees it."""
    found = await _one(tx, draw, _LIVE)
    if found is None:
        return None
    tier = draw.choice(("basic", "pro", "enterprise"))
    period: Any = draw.choice(("month", "month", "month", "year"))
    wish = subscriptions.NewTerms(found["id"], tier, period)
    try:
        quoted = await subscriptions.quote(tx, wish, actor=Actor("person", found["person_id"]))
    except ArenaError:
        return None
    return {
        "person": found["person_id"], "subscription": found["id"], "tier": tier, "period": period,
        "charge": quoted.charge.minor, "at": iso_ms(quoted.proration.at if quoted.proration else tx.now),
    }  # fmt: skip


async def cancel(tx: Tx, draw: random.Random, cast: Cast) -> Words | None:
    found = await _one(
        tx, draw, _LIVE.replace("('active', 'past_due')", "('active', 'past_due', 'incomplete')")
    )
    return found and _of(found) | {"at": draw.choice(("period_end", "period_end", "now"))}


async def undo(tx: Tx, draw: random.Random, cast: Cast) -> Words | None:
    """Rather of one that is disputed."""
    found = await _one(
        tx, draw,
        """select s.* from subscription s where s.status = 'active' and (s.cancel_at_period_end
             or s.pause_months is not null or exists (select from subscription_change c
               where c.subscription_id = s.id and c.state in ('charging', 'scheduled')))
             and (not $1 or s.disputed_since is not null) order by s.created_at, s.id""",
        draw.random() < 0.3,
    )  # fmt: skip
    return found and _of(found)


async def cool_off(tx: Tx, draw: random.Random, cast: Cast) -> Words | None:
    found = await _one(
        tx, draw,
        """select * from subscription where status = 'active' and created_at > $1::timestamptz - interval '14 days'
           order by created_at, id""",
        tx.now,
    )  # fmt: skip
    return found and _of(found)


async def pay_with(tx: Tx, draw: random.Random, cast: Cast) -> Words | None:
    late = _LIVE.replace("'active', ", "")
    found = await _one(tx, draw, late) if draw.random() < 0.8 else await _held(tx, draw)
    return found and _of(found) | {"card": draw.choice(cast.cards[found["person_id"]])}


async def pause(tx: Tx, draw: random.Random, cast: Cast) -> Words | None:
    found = await _one(tx, draw, _LIVE.replace(", 'past_due'", ""))
    return found and _of(found) | {"months": draw.randint(1, 3)}


async def go_on(tx: Tx, draw: random.Random, cast: Cast) -> Words | None:
    found = await _one(tx, draw, _LIVE.replace("('active', 'past_due')", "('paused')"))
    return found and _of(found)


async def agree(tx: Tx, draw: random.Random, cast: Cast) -> Words | None:
    found = await _one(
        tx, draw, _LIVE.replace("('active', 'past_due')", "('active', 'past_due', 'paused')")
    )
    return found and _of(found)


async def confirm(tx: Tx, draw: random.Random, cast: Cast) -> Words | None:
    found = await _one(
        tx, draw, "select * from payment_attempt where state = 'requires_action' order by at, id"
    )
    return found and {"person": found["person_id"], "attempt": found["id"]}


async def refund(tx: Tx, draw: random.Random, cast: Cast) -> Words | None:
    found = await _one(
        tx, draw,
        """select * from payment_attempt where state = 'succeeded' and amount > refunded + disputed
           order by at desc, id limit 200""",
    )  # fmt: skip
    if found is None:
        return None
    part = None if draw.random() < 0.6 else draw.randint(1, found["amount"])
    return {"operator": cast.operators[0], "attempt": found["id"], "amount": part}


async def raise_prices(tx: Tx, draw: random.Random, cast: Cast) -> Words | None:
    listing = draw.choice(cast.listings)
    factor = draw.choice((90, 110, 130))
    tiers = [
        (n, m * factor // 100, y * factor // 100, t, TEAM_SEATS if n == "enterprise" else 0)
        for n, m, y, t in cast.tiers[listing]
    ]
    return {"person": cast.owner_of[listing], "listing": listing, "tiers": tiers}


async def take_down(tx: Tx, draw: random.Random, cast: Cast) -> Words | None:
    """Never the last one, nor more than half of them."""
    rows = await tx.fetch("select id from listing where status = 'listed' order by id")
    if len(rows) < 2 or len(rows) <= len(cast.listings) // 2:
        return None
    return {"operator": cast.operators[0], "listing": draw.choice(rows)["id"]}


async def ask_for_payout(tx: Tx, draw: random.Random, cast: Cast) -> Words:
    amount = None if draw.random() < 0.7 else draw.randint(1_000, 60_000)
    return {"person": draw.choice(cast.creators), "amount": amount}


async def cancel_payout(tx: Tx, draw: random.Random, cast: Cast) -> Words | None:
    found = await _payout(tx, draw, "requested", "reserved")
    return found and {"person": found["person_id"], "payout": found["id"]}


async def approve_payout(tx: Tx, draw: random.Random, cast: Cast) -> Words | None:
    found = await _payout(tx, draw, "requested")
    return found and {"operator": cast.operators[0], "payout": found["id"]}


async def release_payout(tx: Tx, draw: random.Random, cast: Cast) -> Words | None:
    """Now and then by the one who approved it."""
    found = await _payout(tx, draw, "requested")
    return found and {"operator": draw.choice(cast.operators), "payout": found["id"]}


async def reverse_payout(tx: Tx, draw: random.Random, cast: Cast) -> Words | None:
    found = await _payout(tx, draw, "paid")
    return found and {"operator": draw.choice(cast.operators), "payout": found["id"]}


async def change_account(tx: Tx, draw: random.Random, cast: Cast) -> Words | None:
    """To one that pays, one that is refused, or one that sends the money back. At Stripe that is done over there."""
    if await tx.fetchval("select exists (select from connected_account)"):
        return None
    number = "DE02 1203 0000 0000 2020 " + draw.choice(("51", "51", "51", "00 00", "11 11"))
    return {
        "person": draw.choice(cast.creators), "operator": cast.operators[0], "name": "Ada Maker",
        "number": number,
    }  # fmt: skip


async def open_account(tx: Tx, draw: random.Random, cast: Cast) -> Words | None:
    """Who has one is sent to its page again; who sells nothing may have one all the same."""
    if not await tx.fetchval("select exists (select from connected_account)"):
        return None
    person = draw.choice(cast.creators if draw.random() < 0.3 else cast.subscribers)
    return {"person": person, "country": draw.choice(COUNTRIES)}


async def say_who_is_billed(tx: Tx, draw: random.Random, cast: Cast) -> Words:
    return {"person": draw.choice(cast.subscribers), "buyer": draw.choice(BUYERS)}


async def set_tax_rate(tx: Tx, draw: random.Random, cast: Cast) -> Words:
    return {"operator": cast.operators[0], "bps": draw.choice((1_900, 1_600, 700))}


async def pay_a_bill(tx: Tx, draw: random.Random, cast: Cast) -> Words | None:
    found = await _one(tx, draw, _BILLS)
    return found and {
        "person": found["person_id"], "bill": found["invoice_id"],
        "card": draw.choice(cast.cards[found["person_id"]]),
    }  # fmt: skip


async def book_a_transfer(tx: Tx, draw: random.Random, cast: Cast) -> Words | None:
    """All of it, a part, or more than it is."""
    found = await _one(tx, draw, _BILLS)
    if found is None:
        return None
    amount = found["amount"] * draw.choice((50, 100, 120)) // 100
    return {"operator": cast.operators[0], "bill": found["invoice_id"], "amount": amount}


async def ask_for_write_off(tx: Tx, draw: random.Random, cast: Cast) -> Words | None:
    found = await _one(tx, draw, _BILLS)
    return found and {"operator": cast.operators[0], "bill": found["invoice_id"]}


async def write_off(tx: Tx, draw: random.Random, cast: Cast) -> Words | None:
    """Now and then by the one who asked for it."""
    found = await _one(
        tx, draw, "select invoice_id from write_off where state = 'asked' order by asked_at, id"
    )
    return found and {"operator": draw.choice(cast.operators), "bill": found["invoice_id"]}


async def correct_calls(tx: Tx, draw: random.Random, cast: Cast) -> Words | None:
    """At times by more than there were."""
    found = await _one(
        tx, draw, "select * from usage_event where units > 0 order by at, id limit 500"
    )
    if found is None:
        return None
    [person] = [
        row["subject"] for row in await tx.fetch("select subject from usage_plan where id = $1", found["plan_id"])
    ]  # fmt: skip
    units = found["units"] * draw.choice((1, 1, 1, 40))
    return {
        "person": person, "operator": cast.operators[0], "month": found["month"].isoformat(), "units": units,
    }  # fmt: skip


async def call(tx: Tx, draw: random.Random, cast: Cast) -> Words:
    return {"person": draw.choice(cast.callers), "units": draw.randint(1, 900)}


CHOOSERS: tuple[tuple[str, Chooser, float], ...] = (
    ("subscribe", subscribe, 10), ("change", change, 5), ("cancel", cancel, 1.5), ("undo", undo, 1.5),
    ("cool off", cool_off, 0.5), ("pay with", pay_with, 3), ("pause", pause, 0.8), ("go on", go_on, 0.7),
    ("agree", agree, 1.5), ("confirm", confirm, 2), ("refund", refund, 1.5), ("raise prices", raise_prices, 0.15),
    ("take down", take_down, 0.02), ("ask for payout", ask_for_payout, 2), ("cancel payout", cancel_payout, 0.3),
    ("approve payout", approve_payout, 2), ("release payout", release_payout, 2),
    ("reverse payout", reverse_payout, 0.1), ("change account", change_account, 0.2),
    ("open account", open_account, 0.3), ("call", call, 1), ("say who is billed", say_who_is_billed, 0.8),
    ("set tax rate", set_tax_rate, 0.05), ("pay a bill", pay_a_bill, 0.5), ("book a transfer", book_a_transfer, 0.2),
    ("ask for write off", ask_for_write_off, 0.1), ("write off", write_off, 0.2), ("correct calls", correct_calls, 0.2),
)  # fmt: skip
CHOOSERS += OF_RIGHTS + OF_FEES + OF_USAGE
_NAMES = [name for name, _, _ in CHOOSERS]
_WEIGHTS = [weight for _, _, weight in CHOOSERS]
_BY_NAME = {name: chooser for name, chooser, _ in CHOOSERS}


async def choose(
    tx: Tx, draw: random.Random, cast: Cast, *, intent: str, without: frozenset[str] = frozenset()
) -> tuple[str, Words] | None:
    """The act and its words; None where nobody is there for it."""
    [name] = draw.choices(_NAMES, _WEIGHTS)
    if name in without:
        return None
    words = await _BY_NAME[name](tx, draw, cast)
    return None if words is None else (name, words | {"intent": intent})


async def _held(tx: Tx, draw: random.Random) -> Row | None:
    """Rather one that a dispute or a pause to come holds."""
    held = _LIVE.replace(
        " order by", " and (disputed_since is not null or pause_months is not null) order by"
    )
    return await _one(tx, draw, held) or await _one(tx, draw, _LIVE)


def _of(found: Row) -> Words:
    return {"person": found["person_id"], "subscription": found["id"]}


async def _payout(tx: Tx, draw: random.Random, *states: str) -> Row | None:
    return await _one(
        tx, draw, "select * from payout where state = any($1) order by asked_at, id", list(states)
    )


async def _one(tx: Tx, draw: random.Random, sql: str, *values: object) -> Row | None:
    rows = await tx.fetch(sql, *values)
    return draw.choice(rows) if rows else None
