"""A small arena for signal tests: a tape of real candles, feeds on it, and the worker's step."""

import itertools
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from arena.evidence import log
from arena.kit.clock import TapeClock
from arena.kit.db import Database
from arena.kit.facts import Reaction, Routing
from arena.kit.outbox import drain
from arena.kit.settings import Settings
from arena.kit.signing import SigningKey
from arena.people.access import SYSTEM, Actor
from arena.people.identity import Collective, Registration, key_id_of, register_collective
from arena.signals import feeds, following, lab, strategists
from arena.signals.feeds import Feed, NewFeed, Signal, SignalPublished, SignedSignal, Terms
from arena.trading import orders, performance
from arena.trading.market import Bars, Source, end_tape, open_tape, store_bars
from arena.trading.market.sample import sample
from arena.trading.orders import OrderFilled
from arena.trading.venues import BarVenue, Rules

DOCUMENTS: dict[lab.DocumentKind, dict[str, Any]] = {
    "pack": {"source": "sample", "symbols": ["BTC-USD"], "interval_s": 900},
    "indicator_set": {"indicators": [{"name": "simple_average", "parameters": {"bars": 20}}]},
    "model_config": {"model": "by hand", "parameters": {}},
    "policy": {"target": "What a person says.", "publishes": "When a person says so."},
}


class Stage:
    """The arena of one test; the clock stands at the tape's first open until bars are played."""

    def __init__(self, db: Database, settings: Settings, source: Source) -> None:
        self.db = db
        self.settings = settings
        self.source = source
        self.symbol = source.pack.symbols[0]
        self.rules = Rules.from_settings(settings)
        self.venue = BarVenue(self.rules)
        self._bars = source.bars_from(None)
        self._names = itertools.count(1)
        db.routing = routing(self.venue)

    @property
    def now(self) -> datetime:
        return self.db.clock.now()

    async def play(self, count: int, *, deciding: bool = False) -> list[Signal]:
        """Plays the next bars of the tape; with `deciding` the built-in strategists are at work."""
        published: list[Signal] = []
        for bars in itertools.islice(self._bars, count):
            await self.meet(bars)
            if deciding:
                published += await strategists.decide(self.db, self.settings, bars.close_at)
                await drain(self.db)
        return published

    async def meet(self, bars: Bars) -> None:
        """The first half of the worker's step."""
        async with self.db.transaction() as tx:
            await following.follow_waiting(tx, bars.close_at, venue=self.venue)
            await store_bars(tx, bars)
            tx.now = bars.close_at
            await orders.match(tx, bars, venue=self.venue)
            await performance.mark(tx, bars.close_at)
        assert isinstance(self.db.clock, TapeClock)
        self.db.clock.move_to(bars.close_at)
        await drain(self.db)

    async def employ(self) -> list[Feed]:
        async with self.db.transaction() as tx:
            return await strategists.employ(tx, self.settings)

    async def end(self) -> None:
        async with self.db.transaction() as tx:
            await end_tape(tx)

    async def author(self, **changes: Any) -> "Author":
        """A new collective with a feed of its own."""
        number = next(self._names)
        key = SigningKey(bytes([number]) * 32)
        async with self.db.transaction() as tx:
            collective = await register_collective(
                tx, Registration(f"Collective {number}", "", key.public)
            )
            shas = {
                f"{kind}_sha": await lab.register_document(tx, kind, body)
                for kind, body in DOCUMENTS.items()
            }
            new = NewFeed(collective.id, "By hand", self.symbol, await lab.declared(tx, shas))
            feed = await feeds.open_feed(
                tx, replace(new, **changes), settings=self.settings, actor=SYSTEM
            )
        return Author(self, collective, key, feed)

    async def recomputed(self, feed_id: str) -> following.Recomputed:
        async with self.db.transaction(readonly=True) as tx:
            return await following.recompute(tx, feed_id, self.now, rules=self.rules)

    async def log_root(self) -> bytes:
        async with self.db.transaction(readonly=True) as tx:
            return await log.root_at(tx, await log.size_of(tx))


class Author:
    """A collective that publishes by hand."""

    def __init__(self, stage: Stage, collective: Collective, key: SigningKey, feed: Feed) -> None:
        self.stage = stage
        self.collective = collective
        self.key = key
        self.feed = feed
        self.actor = Actor("collective", collective.id)

    async def terms(self, **changes: Any) -> Terms:
        """The next signal's terms, good unless changed."""
        async with self.stage.db.transaction(readonly=True) as tx:
            feed = await feeds.feed(tx, self.feed.id)
        now = self.stage.now
        sequence = feed.last_sequence + 1
        terms = Terms(
            id=feeds.signal_id(feed.id, sequence),
            feed_id=feed.id,
            sequence=sequence,
            issued_at=now,
            valid_until=now + timedelta(hours=1),
            instrument=feed.instrument,
            action="hold",
            target_weight=Decimal("0.5"),
            limit_price=None,
            stop_price=None,
            take_profit_price=None,
            confidence=Decimal("0.62"),
            rationale="Because a test wants it.",
            lineage=feed.lineage,
            previous_hash=feed.last_hash,
            key_id=key_id_of(self.key.public),
        )
        return msgspec.structs.replace(terms, **changes)

    async def signed(self, **changes: Any) -> SignedSignal:
        return feeds.sign(await self.terms(**changes), self.key)

    async def publish(self, signed: SignedSignal | None = None, **changes: Any) -> Signal:
        signed = signed or await self.signed(**changes)
        async with self.stage.db.transaction() as tx:
            return await feeds.publish(tx, signed, actor=self.actor, settings=self.stage.settings)


def routing(venue: BarVenue) -> Routing:
    async def follow(tx: Any, fact: SignalPublished) -> None:
        await following.follow(tx, fact, venue=venue)

    async def protect(tx: Any, fact: OrderFilled) -> None:
        await following.protect(tx, fact, venue=venue)

    return Routing(
        {
            SignalPublished: [Reaction("following.follow", follow)],
            OrderFilled: [Reaction("following.protect", protect)],
        }
    )


async def open_stage(db: Database, settings: Settings, source: Source | None = None) -> Stage:
    """The stage with its tape opened, by default that of the sample pack."""
    source = source or sample("a test wants real candles")
    assert source.pack.first_open is not None
    db.clock = TapeClock(source.pack.first_open)
    async with db.transaction() as tx:
        await open_tape(tx, source, "max")
    return Stage(db, settings, source)
