"""A feed of a test's own in the shared house: it publishes by hand, is on offer, and people subscribe to it."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import msgspec

from arena.kit import ids
from arena.kit.signing import SigningKey
from arena.marketplace import listings, moderation, subscriptions
from arena.money import billing
from arena.people import access
from arena.people.access import SYSTEM, Actor, scopes_of
from arena.people.identity import Registration, key_id_of, register_collective
from arena.signals import feeds, lab
from tests.marketplace.market import PRICES, WORDS
from tests.pages.reader import Reader
from tests.signals.stage import DOCUMENTS
from tests.stories.house import House

PAYS, DECLINED, ASKS = "4242424242424242", "4000000000000002", "4000002500003155"


@dataclass(slots=True)
class OwnFeed:
    """What a collective of one test has: its key, its feed, its listing."""

    house: House
    secret: bytes
    collective_id: str
    feed_id: str
    listing_id: str

    async def publish(self, *weights: str, **changes: Any) -> list[feeds.Signal]:
        """One signal for each weight, each in its own transaction, at the product clock."""
        made = []
        for weight in weights:
            async with self.house.arena.db.transaction() as tx:
                feed = await feeds.feed(tx, self.feed_id)
                terms = self._terms(feed, tx.now, Decimal(weight))
                signed = feeds.sign(
                    msgspec.structs.replace(terms, **changes), SigningKey(self.secret)
                )
                made.append(
                    await feeds.publish(
                        tx, signed, actor=SYSTEM, settings=self.house.arena.settings
                    )
                )
        return made

    def _terms(self, feed: feeds.Feed, now: Any, weight: Decimal) -> feeds.Terms:
        sequence = feed.last_sequence + 1
        return feeds.Terms(
            id=feeds.signal_id(feed.id, sequence), feed_id=feed.id, sequence=sequence, issued_at=now,
            valid_until=now + timedelta(hours=1), instrument=feed.instrument, action="hold",
            target_weight=weight, limit_price=None, stop_price=None, take_profit_price=None,
            confidence=Decimal("0.62"), rationale=f"Because of <b>{sequence}</b>.", lineage=feed.lineage,
            previous_hash=feed.last_hash, key_id=key_id_of(SigningKey(self.secret).public),
        )  # fmt: skip

    async def subscribe(
        self, reader: Reader, tier: str = "pro", card: str = PAYS
    ) -> subscriptions.Subscription:
        """By the verb that checkout calls; the reader's person pays with a test card."""
        db, gateway = self.house.arena.db, self.house.arena.gateway
        actor = actor_of(reader)
        async with db.transaction() as tx:
            method = await billing.add_payment_method(tx, gateway=gateway, number=card, actor=actor)
        done = await subscriptions.subscribe(
            db, gateway, subscriptions.Wish(self.listing_id, tier, method.id), actor=actor,
            terms=subscriptions.Terms(ids.fresh("intent"), 1500),
        )  # fmt: skip
        return done.subscription

    async def reprice(self, *tiers: listings.Tier) -> None:
        """A new version with these prices."""
        async with self.house.arena.db.transaction() as tx:
            found = await listings.listing(tx, self.listing_id)
            await listings.update(
                tx, self.listing_id, words=found.words, tiers=tiers, note="Prices",
                actor=replace(SYSTEM, id=self.collective_id),
            )  # fmt: skip
        await self.house.settle()

    async def take_down(self) -> None:
        async with self.house.arena.db.transaction() as tx:
            await moderation.take_down(
                tx,
                self.listing_id,
                actor=Actor("person", "usr_moderator"),
                reason="A test wants it.",
            )
        await self.house.settle()


async def own_feed(
    house: House, title: str = "Northwind Crossing", tiers: Sequence[listings.Tier] = PRICES
) -> OwnFeed:
    """On offer at once: burn-in and review are not what these tests are about."""
    secret = secrets.token_bytes(32)
    actor = Actor("collective", "", access.COLLECTIVE_SCOPES)
    async with house.arena.db.transaction() as tx:
        name = f"Collective {ids.fresh('c')[-8:]}"
        collective = await register_collective(
            tx, Registration(name, "By hand.", SigningKey(secret).public)
        )
        shas = {
            f"{kind}_sha": await lab.register_document(tx, kind, body)
            for kind, body in DOCUMENTS.items()
        }
        symbol = await tx.fetchval("select symbol from instrument order by symbol limit 1")
        new = feeds.NewFeed(collective.id, title, symbol, await lab.declared(tx, shas))
        feed = await feeds.open_feed(tx, new, settings=house.arena.settings, actor=SYSTEM)
        actor = replace(actor, id=collective.id)
        made = await listings.draft(
            tx, feed_id=feed.id, words=replace(WORDS, title=title), tiers=tiers, actor=actor
        )
        for status in (listings.Status.SUBMITTED, listings.Status.LISTED):
            made = await listings.move(tx, made.id, status, actor=actor)
    return OwnFeed(house, secret, collective.id, feed.id, made.id)


def actor_of(reader: Reader) -> Actor:
    return Actor("person", reader.person_id, scopes_of(()))


async def become_past_due(
    house: House, found: subscriptions.Subscription, card: str = DECLINED
) -> None:
    """As if a month had passed and the bank said no: the period ended a minute ago, the card is another one,
    and the worker's job runs. The shared tape stays where it is."""
    db, gateway = house.arena.db, house.arena.gateway
    await house.settle()  # a reaction at work would hold the row, and what is held is passed over
    async with db.transaction() as tx:
        await tx.execute(
            "update payment_attempt set period_start = period_start - interval '31 days' where reference = $1",
            found.id,
        )
        await tx.execute(
            """update subscription set period_start = period_start - interval '31 days', period_end = $2,
                 charge_at = $2, access_until = $2::timestamptz + interval '3 days' where id = $1""",
            found.id, tx.now - timedelta(minutes=1),
        )  # fmt: skip
        await tx.execute(
            "update payment_method set token = $2, label = $3 where id = $1",
            found.payment_method_id, f"tok_{card}", f"test card ending in {card[-4:]}",
        )  # fmt: skip
    await subscriptions.renew_due(db, gateway)
    await house.settle()
