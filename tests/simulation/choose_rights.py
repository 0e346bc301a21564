"""Who invites whom, claims, revokes, follows for nothing, publishes: drawn like all else that people do."""

import random
from collections.abc import Awaitable, Callable

from arena.kit.db import Row, Tx
from tests.simulation.acts import Words
from tests.simulation.cast import Cast

Chooser = Callable[[Tx, random.Random, Cast], Awaitable[Words | None]]


async def invite(tx: Tx, draw: random.Random, cast: Cast) -> Words | None:
    found = await _one(
        tx, draw,
        "select * from subscription where status = 'active' and tier = 'enterprise' order by created_at, id",
    )  # fmt: skip
    return found and {
        "person": found["person_id"], "subscription": found["id"],
        "email": f"guest{draw.randrange(5)}@example.org",
    }  # fmt: skip


async def claim(tx: Tx, draw: random.Random, cast: Cast) -> Words | None:
    """Whoever has the letter."""
    found = await _seat(tx, draw, "invited")
    return found and {"person": draw.choice(cast.subscribers), "seat": found["id"]}


async def revoke(tx: Tx, draw: random.Random, cast: Cast) -> Words | None:
    found = await _seat(tx, draw, "claimed", "invited")
    return found and {
        "person": found["owner"], "subscription": found["subscription_id"], "seat": found["id"],
    }  # fmt: skip


async def leave(tx: Tx, draw: random.Random, cast: Cast) -> Words | None:
    found = await _seat(tx, draw, "claimed")
    return found and {"person": found["person_id"], "seat": found["id"]}


async def open_free_tier(tx: Tx, draw: random.Random, cast: Cast) -> Words:
    """Or another delay, or closed."""
    listing = draw.choice(cast.listings)
    hours = draw.choice((24, 24, 48, 168, None))
    return {"person": cast.owner_of[listing], "listing": listing, "hours": hours}


async def follow(tx: Tx, draw: random.Random, cast: Cast) -> Words:
    return {"person": draw.choice(cast.subscribers), "listing": draw.choice(cast.listings)}


async def unfollow(tx: Tx, draw: random.Random, cast: Cast) -> Words | None:
    found = await _one(tx, draw, "select * from free_follow where ended_at is null order by at, id")
    return found and {"person": found["person_id"], "listing": found["listing_id"]}


async def publish(tx: Tx, draw: random.Random, cast: Cast) -> Words | None:
    found = await _one(tx, draw, "select * from feed where status = 'open' order by id")
    if found is None or found["id"] not in cast.feeds.values():
        return None
    number = list(cast.feeds.values()).index(found["id"]) + 1
    return {
        "feed": found["id"], "author": number, "sequence": found["last_sequence"] + 1,
        "weight": str(draw.choice((0, 25, 50, 100))),
    }  # fmt: skip


OF_RIGHTS: tuple[tuple[str, Chooser, float], ...] = (
    ("invite", invite, 0.8), ("claim", claim, 0.8), ("revoke", revoke, 0.2), ("leave", leave, 0.1),
    ("open free tier", open_free_tier, 0.15), ("follow", follow, 0.8), ("unfollow", unfollow, 0.2),
    ("publish", publish, 1.5),
)  # fmt: skip


async def _seat(tx: Tx, draw: random.Random, *states: str) -> Row | None:
    return await _one(
        tx, draw,
        """select t.*, s.person_id as owner from subscription_seat t join subscription s on s.id = t.subscription_id
           where t.state = any($1) order by t.invited_at, t.id""",
        list(states),
    )  # fmt: skip


async def _one(tx: Tx, draw: random.Random, sql: str, *values: object) -> Row | None:
    rows = await tx.fetch(sql, *values)
    return draw.choice(rows) if rows else None
