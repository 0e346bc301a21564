"""The demo: accounts to sign in with, built-in feeds, and their way to the market by the ordinary verbs.

Nothing here is faked or short-cut: feeds earn their record on the tape, listings pass the same gates as any
other, and the demo operator's approvals stand in the audit trail like a person's.
"""

import base64
from dataclasses import dataclass

import structlog

from arena.kit.db import Tx
from arena.kit.errors import ArenaError
from arena.kit.money import Money
from arena.kit.settings import Settings
from arena.marketplace import listings, moderation
from arena.people import access, identity
from arena.signals import feeds, strategists
from arena.wire import Arena

log = structlog.get_logger()
_PREPARING = 7_291_530_019
APPROVAL = "All gates passed; the demo approves what passes them."


@dataclass(frozen=True, slots=True)
class DemoAccount:
    role: str
    email: str
    name: str
    password: str


def accounts(settings: Settings) -> list[DemoAccount]:
    """The demo accounts; their passwords follow from the master key, so no two installations share them."""
    return [
        DemoAccount(role, f"{role}@arena.example", f"Demo {role}", _password(settings, role))
        for role in ("subscriber", "creator", "operator")
    ]


def _password(settings: Settings, role: str) -> str:
    return base64.b32encode(settings.vault.derive(f"demo/{role}"))[:16].decode().lower()


async def prepare(arena: Arena) -> None:
    """Makes what is missing of accounts and feeds; harmless when repeated."""
    if not arena.settings.demo:
        return
    async with arena.db.transaction() as tx:
        await tx.execute("select pg_advisory_xact_lock($1)", _PREPARING)  # two may start at once
        persons = {a.role: await _person(tx, a) for a in accounts(arena.settings)}
        await strategists.employ(tx, arena.settings, owner_id=persons["creator"].id)


async def _person(tx: Tx, account: DemoAccount) -> identity.Person:
    known = await identity.person_by_email(tx, account.email)
    if known is not None:
        return known[0]
    roles = () if account.role == "subscriber" else (account.role,)
    return await identity.create_person(
        tx, email=account.email, name=account.name, password=account.password, roles=roles
    )


async def bring_to_market(arena: Arena) -> None:
    """Drafts a listing for each employed feed that has none, submits it once its gates pass, approves it."""
    async with arena.db.transaction(readonly=True) as tx:
        creator = await _actor(tx, "creator")
        operator = await _actor(tx, "operator")
        employed = await strategists.employed(tx)
    for post in employed:
        async with arena.db.transaction() as tx:
            listing = await _draft(tx, post, creator)
        if listing.status is listings.Status.DRAFT:
            await _submit(arena, listing, creator, operator)


async def _draft(tx: Tx, post: strategists.Employed, creator: access.Actor) -> listings.Listing:
    known = await listings.listing_of_feed(tx, post.feed_id)
    if known is not None:
        return known
    feed = await feeds.feed(tx, post.feed_id)
    tiers = [listings.Tier(t, Money(cents)) for t, cents in listings.DEFAULT_PRICES.items()]
    return await listings.draft(
        tx, feed_id=post.feed_id, words=_words(feed, post), tiers=tiers, actor=creator
    )


def _words(feed: feeds.Feed, post: strategists.Employed) -> listings.Words:
    rule = strategists.strategist(post.strategy)
    settings = ", ".join(
        f"{name.replace('_', ' ')} {value}" for name, value in post.parameters.items()
    )
    return listings.Words(
        title=feed.name,
        summary=f"{rule.about} Long or flat in {feed.instrument}.",
        intended_use=f"One instrument ({feed.instrument}), spot, long or flat; a part of a portfolio, not all of it.",
        method=f"{rule.about} Decided on closed bars only, by a fixed rule with {settings}.",
        risks="Simulated on a paper venue. A rule like this loses in markets unlike the one it was made for; "
        "costs eat a small edge; the whole invested amount can be lost.",
    )


async def _submit(
    arena: Arena, listing: listings.Listing, creator: access.Actor, operator: access.Actor
) -> None:
    async with arena.db.transaction(readonly=True) as tx:
        if not await listings.burnt_in(tx, listing, arena.settings):
            return
    try:
        async with arena.db.transaction() as tx:
            case = await moderation.submit(tx, listing.id, actor=creator, settings=arena.settings)
            await moderation.approve(tx, case.id, actor=operator, reason=APPROVAL)
    except listings.GatesNotPassed as refused:
        log.warning("a demo listing did not pass", listing=listing.words.title, gates=refused.facts)
    except ArenaError as refused:
        log.warning("a demo listing was refused", listing=listing.words.title, why=str(refused))
    else:
        log.info("listed", listing=listing.words.title, id=listing.id)


async def _actor(tx: Tx, role: str) -> access.Actor:
    found = await identity.person_by_email(tx, f"{role}@arena.example")
    assert found is not None, "prepare() made the demo accounts"
    person = found[0]
    return access.Actor("person", person.id, access.scopes_of(person.roles))
