"""What people do about who may receive signals: seats, free follows, and the signals themselves."""

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from arena.kit.signing import SigningKey
from arena.marketplace.subscriptions import free, seats
from arena.people import identity
from arena.signals import feeds
from tests.signals.stage import Author
from tests.simulation.acts import Words, act, person
from tests.simulation.handle import Handle


@act
async def invite(arena: Handle, words: Words) -> str:
    async with arena.db.transaction() as tx:
        done = await seats.invite(tx, words["subscription"], words["email"], actor=person(words))
    return done.state.value


@act
async def claim(arena: Handle, words: Words) -> str:
    """By the link of the letter."""
    token = seats.seat_token(arena.settings.vault, words["seat"])
    async with arena.db.transaction() as tx:
        done = await seats.claim(tx, arena.settings.vault, token, actor=person(words))
    return done.state.value


@act
async def revoke(arena: Handle, words: Words) -> str:
    wish = (words["subscription"], words["seat"])
    async with arena.db.transaction() as tx:
        done = await seats.revoke(tx, wish, actor=person(words))
    return done.state.value


@act
async def leave(arena: Handle, words: Words) -> str:
    async with arena.db.transaction() as tx:
        done = await seats.leave(tx, words["seat"], actor=person(words))
    return done.state.value


@act
async def open_free_tier(arena: Handle, words: Words) -> str:
    owner, bounds = person(words, "creator"), free.Bounds.of(arena.settings)
    async with arena.db.transaction() as tx:
        if words["hours"] is None:
            await free.close(tx, words["listing"], actor=owner)
            return "closed"
        delay = timedelta(hours=words["hours"])
        await free.open_offer(tx, words["listing"], delay, bounds=bounds, actor=owner)
    return f"{words['hours']} hours late"


@act
async def follow(arena: Handle, words: Words) -> str:
    async with arena.db.transaction() as tx:
        await free.follow(tx, words["listing"], actor=person(words))
    return "followed"


@act
async def unfollow(arena: Handle, words: Words) -> str:
    async with arena.db.transaction() as tx:
        await free.unfollow(tx, words["listing"], actor=person(words))
    return "left"


@act
async def publish(arena: Handle, words: Words) -> str:
    """Signed by the feed's collective; whoever asks again finds it published."""
    async with arena.db.transaction(readonly=True) as tx:
        feed = await feeds.feed(tx, words["feed"])
        collective = await identity.collective(tx, feed.collective_id)
    if feed.last_sequence >= words["sequence"]:
        return "was published"
    stage: Any = SimpleNamespace(db=arena.db, now=arena.clock.now(), settings=arena.settings)
    author = Author(stage, collective, SigningKey(bytes([words["author"]]) * 32), feed)
    await author.publish(target_weight=Decimal(words["weight"]) / 100)
    return "published"
