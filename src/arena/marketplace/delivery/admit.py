"""Who may have which feed's signals: asks people and entitlements, for pull and stream alike."""

from collections.abc import Iterable

from arena.kit.clock import wall_now
from arena.kit.db import Database, Tx
from arena.kit.errors import ArenaError
from arena.marketplace import entitlements, listings
from arena.marketplace.delivery.model import Grant, NoSuchModel
from arena.people import access, identity
from arena.people.access import ANONYMOUS, Actor, needs
from arena.signals import feeds

GATE = needs("signals:read")
Pair = tuple[Actor, str]


async def feed_of(tx: Tx, model_id: str) -> str:
    """The feed that a model id (a feed's or a listing's) names. Raises NoSuchModel."""
    try:
        if model_id.startswith("lst_"):
            return (await listings.listing(tx, model_id)).feed_id
        return (await feeds.feed(tx, model_id)).id
    except (feeds.NoSuchFeed, listings.NoSuchListing) as missing:
        raise NoSuchModel(model_id=model_id) from missing


async def grant(tx: Tx, actor: Actor, feed_id: str) -> Grant:
    """What the caller may have of the feed now.

    Raises PaymentRequired where it can be bought (anonymous callers are told so too, with the listing),
    else NotEntitled; and ScopeMissing where the key may not read signals.
    """
    if actor != ANONYMOUS:
        GATE.admit(actor)
    decision = await entitlements.require(tx, actor.id, feed_id)
    return Grant(
        feed_id, decision.tier or "basic", decision.until, decision.delay, decision.right_id
    )


async def grants(db: Database, pairs: Iterable[Pair]) -> dict[Pair, Grant | ArenaError]:
    """The answers for many callers and feeds, as of one moment: a grant each, or why there is none."""
    answers: dict[Pair, Grant | ArenaError] = {}
    async with db.transaction(readonly=True) as tx:
        for actor, feed_id in pairs:
            try:
                answers[actor, feed_id] = await grant(tx, actor, feed_id)
            except (entitlements.PaymentRequired, entitlements.NotEntitled) as refused:
                answers[actor, feed_id] = refused
    return answers


async def proven(db: Database, actors: Iterable[Actor]) -> set[Actor]:
    """Those whose key still stands. Sessions are not asked about: their end is told by news."""
    standing: set[Actor] = set()
    async with db.transaction(readonly=True) as tx:
        for actor in actors:
            if await _stands(tx, actor):
                standing.add(actor)
    return standing


async def _stands(tx: Tx, actor: Actor) -> bool:
    if actor.key_id is None:
        return True
    if actor.kind == "collective":
        return await identity.active_key(tx, actor.key_id, tx.now) is not None
    now = wall_now()
    return any(
        key.id == actor.key_id
        and key.revoked_at is None
        and (key.expires_at is None or key.expires_at > now)
        for key in await access.api_keys(tx, actor.id)
    )
