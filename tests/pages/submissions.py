"""Listings of one's own in the shared house, handed in for review, for tests of the operator's pages."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from arena.kit import ids
from arena.kit.db import Database
from arena.kit.settings import Settings
from arena.kit.signing import SigningKey
from arena.marketplace import listings, moderation
from arena.marketplace.moderation import store
from arena.people.access import Actor, scopes_of
from arena.people.identity import Registration, register_collective
from arena.signals import feeds, lab
from arena.signals.feeds import NewFeed
from tests.marketplace.market import PRICES, WORDS
from tests.pages.reader import Reader
from tests.signals.stage import DOCUMENTS, Author, Stage
from tests.stories.house import House

# Markup that would run, were it ever written as it is.
HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)>'


@dataclass(frozen=True)
class Submission:
    """A listing under review, its case, and the creator who handed it in."""

    listing: listings.Listing
    case: moderation.Case
    creator: Actor
    author: Author

    @property
    def path(self) -> str:
        return f"/operator/review/{self.case.id}"


class _Stage:
    """As much of a stage as an author needs; making a whole one would change who reacts to what in the house."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self.db, self.settings = db, settings

    @property
    def now(self) -> datetime:
        return self.db.clock.now()


async def author_in(house: House, person_id: str) -> Author:
    """A collective of the person, with a feed that can publish by hand."""
    name = ids.fresh("n")[-10:]
    key = SigningKey(hashlib.sha256(name.encode()).digest())
    db, settings = house.arena.db, house.arena.settings
    async with db.transaction() as tx:
        collective = await register_collective(
            tx, Registration(f"Collective {name}", "", key.public, person_id)
        )
        shas = {
            f"{kind}_sha": await lab.register_document(tx, kind, body)
            for kind, body in DOCUMENTS.items()
        }
        new = NewFeed(collective.id, f"By hand {name}", "BTC-USD", await lab.declared(tx, shas))
        actor = Actor("collective", collective.id)
        feed = await feeds.open_feed(tx, new, settings=settings, actor=actor)
    return Author(cast(Stage, _Stage(db, settings)), collective, key, feed)


async def drafted(house: House, creator: Reader, **words: str) -> tuple[listings.Listing, Author]:
    """A draft of a fresh feed of the creator's; its title is its own unless given."""
    author = await author_in(house, creator.person_id)
    said = replace(WORDS, **{"title": f"Northwind {author.feed.id[-6:]}", **words})
    async with house.arena.db.transaction() as tx:
        made = await listings.draft(
            tx, feed_id=author.feed.id, words=said, tiers=PRICES, actor=actor_of(creator, "creator")
        )
    return made, author


async def submitted(house: House, creator: Reader, **words: str) -> Submission:
    """A listing under review with the checks as they stand, passed or not: they are not what the test is about."""
    made, author = await drafted(house, creator, **words)
    return await hand_in(house, creator, made.id, author)


async def hand_in(house: House, creator: Reader, listing_id: str, author: Author) -> Submission:
    """As `moderation.submit`, whatever the checks say."""
    actor = actor_of(creator, "creator")
    async with house.arena.db.transaction() as tx:
        made = await listings.listing(tx, listing_id)
        found = await listings.gates(tx, made, house.arena.settings)
        gates = [{"name": g.name, "passed": g.passed, "detail": g.detail} for g in found]
        made = await listings.move(tx, made.id, listings.Status.SUBMITTED, actor=actor)
        case_id = ids.derived("mod", made.id, await store.count(tx, made.id) + 1)
        await store.insert(tx, case_id, listing=(made.id, made.version), gates=gates, by=actor.id)
        case = await moderation.case(tx, case_id)
    return Submission(made, case, actor, author)


async def approved(house: House, creator: Reader, **words: str) -> Submission:
    """On offer, approved by an operator who is nobody else's business."""
    made = await submitted(house, creator, **words)
    async with house.arena.db.transaction() as tx:
        await moderation.approve(tx, made.case.id, actor=OPERATOR, reason="Record and words agree.")
    return made


async def reworded(house: House, made: Submission, note: str = "Clearer", **words: str) -> None:
    """The creator changes words of what is on offer."""
    async with house.arena.db.transaction() as tx:
        now = await listings.listing(tx, made.listing.id)
        await listings.update(
            tx, now.id, words=replace(now.words, **words), tiers=now.tiers, note=note, actor=made.creator
        )  # fmt: skip


def actor_of(reader: Reader, *roles: str) -> Actor:
    return Actor("person", reader.person_id, scopes_of(roles))


async def one(house: House, sql: str, *values: object) -> Any:
    """A single value from the database."""
    async with house.arena.db.transaction(readonly=True) as tx:
        return await tx.fetchval(sql, *values)


OPERATOR = Actor("person", "usr_somebodyelse", scopes_of(("operator",)))
