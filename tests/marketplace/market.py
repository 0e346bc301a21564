"""A market for tests: a stage of real candles, a creator with a feed, listings, buyers with cards."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from arena.kit.clock import TapeClock
from arena.kit.db import Database
from arena.kit.ids import fresh
from arena.kit.mail import choose_mail
from arena.kit.money import Money
from arena.kit.outbox import drain
from arena.kit.settings import Settings
from arena.marketplace import listings, subscriptions
from arena.money import billing
from arena.people.access import Actor, Post, scopes_of
from arena.reactions import table
from tests.http import person
from tests.signals.stage import Author, Stage, open_stage

WORDS = listings.Words(
    title="Northwind Crossing",
    summary="Follows the trend of Bitcoin with two moving averages.",
    intended_use="A part of a spot account that may lie flat for weeks.",
    method="Long while the 20-bar average is above the 80-bar average.",
    risks="Loses in sideways markets; drawdowns of a quarter are to be expected.",
)
PRICES = (
    listings.Tier("basic", Money(2_900)),
    listings.Tier("pro", Money(9_900)),
    listings.Tier("enterprise", Money(49_900)),
)


@dataclass(frozen=True)
class Buyer:
    """A person with a card."""

    actor: Actor
    headers: dict[str, str]
    card: str

    @property
    def id(self) -> str:
        return self.actor.id


class Market:
    """The market of one test. Reactions run when `settle` is called; the clock moves by `at`."""

    def __init__(self, stage: Stage, settings: Settings) -> None:
        self.stage = stage
        self.db: Database = stage.db
        self.settings = settings
        self.gateway = billing.FakeGateway(stage.db)
        post = Post(choose_mail(settings.home, None, None), settings)
        self.db.routing = table(stage.venue, post)

    def at(self, time: datetime) -> None:
        assert isinstance(self.db.clock, TapeClock)
        self.db.clock.move_to(time)

    async def settle(self) -> None:
        await drain(self.db)

    async def creator(self) -> tuple[Author, Actor, dict[str, str]]:
        """A person who owns a collective with a feed."""
        person_id, headers = await person(self.db, "creator")
        author = await self.stage.author()
        async with self.db.transaction() as tx:
            await tx.execute(
                "update collective set owner_id = $2 where id = $1", author.collective.id, person_id
            )
        return author, Actor("person", person_id, scopes_of(("creator",))), headers

    async def operator(self) -> tuple[Actor, dict[str, str]]:
        person_id, headers = await person(self.db, "operator")
        return Actor("person", person_id, scopes_of(("operator",))), headers

    async def listed(
        self,
        *,
        seats: int | None = None,
        author: Author | None = None,
        actor: Actor | None = None,
        tiers: Sequence[listings.Tier] = PRICES,
    ) -> listings.Listing:
        """A listing on offer; burn-in and review are not what the test is about."""
        if author is None or actor is None:
            author, actor, _ = await self.creator()
        if seats is not None:
            tiers = [replace(tier, seats=seats) for tier in tiers]
        async with self.db.transaction() as tx:
            made = await listings.draft(
                tx, feed_id=author.feed.id, words=WORDS, tiers=tiers, actor=actor
            )
            for status in (listings.Status.SUBMITTED, listings.Status.LISTED):
                made = await listings.move(tx, made.id, status, actor=actor)
        return made

    async def buyer(self, card: str = "4242424242424242") -> Buyer:
        person_id, headers = await person(self.db)
        actor = Actor("person", person_id, scopes_of(()))
        async with self.db.transaction() as tx:
            method = await billing.add_payment_method(
                tx, gateway=self.gateway, number=card, actor=actor
            )
        return Buyer(actor, headers, method.id)

    async def subscribe(
        self,
        buyer: Buyer,
        listing: listings.Listing,
        tier: str = "pro",
        *,
        intent: str | None = None,
        gateway: billing.Gateway | None = None,
        **more: Any,
    ) -> subscriptions.Subscribed:
        """`more` is of the wish: period, trial, coupon."""
        return await subscriptions.subscribe(
            self.db,
            gateway or self.gateway,
            subscriptions.Wish(listing.id, tier, buyer.card, **more),
            actor=buyer.actor,
            terms=subscriptions.Terms(intent or fresh("intent"), 1500),
        )

    async def subscription(self, subscription_id: str) -> subscriptions.Subscription:
        async with self.db.transaction() as tx:
            return await subscriptions.subscription(tx, subscription_id)

    async def reprice(
        self, listing: listings.Listing, actor: Actor, *tiers: listings.Tier
    ) -> listings.Listing:
        """A new version with these prices, and what follows from it."""
        async with self.db.transaction() as tx:
            made = await listings.update(
                tx, listing.id, words=WORDS, tiers=tiers, note="Prices", actor=actor
            )
        await self.settle()
        return made

    async def change_card(self, buyer: Buyer, number: str) -> None:
        """From now on the buyer's card is that one: what a bank does to a card between two periods."""
        async with self.db.transaction() as tx:
            await tx.execute(
                "update payment_method set token = $2 where id = $1", buyer.card, f"tok_{number}"
            )

    async def count(self, table: str, where: str = "true") -> int:
        async with self.db.transaction() as tx:
            found: int = await tx.fetchval(f"select count(*) from {table} where {where}")
        return found


async def open_market(db: Database, settings: Settings) -> Market:
    return Market(await open_stage(db, settings), settings)
