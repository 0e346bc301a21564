"""What the benchmarks are played on: a durable database, a collective with feeds, keys of its owner."""

import contextlib
import tempfile
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from arena.kit import ids, migrations
from arena.kit.db import Database
from arena.kit.postgres import EmbeddedPostgres
from arena.kit.settings import Settings
from arena.kit.signing import SigningKey
from arena.people.access import SYSTEM, NewApiKey, create_api_key
from arena.people.identity import Registration, create_person, key_id_of, register_collective
from arena.signals.feeds import (
    Feed,
    Lineage,
    NewFeed,
    Signal,
    Terms,
    feed,
    open_feed,
    publish,
    sign,
    signal_id,
)

SYMBOL = "BTC-USD"
LINEAGE = Lineage("1" * 64, "2" * 64, "3" * 64, "4" * 64)
RATIONALE = (
    "The 20-bar average 61,204.10 crossed above the 80-bar average 61,150.22 while volume stayed over its "
    "30-day median, so the target goes to half of the account until the averages cross back."
)


@contextlib.asynccontextmanager
async def durable_database() -> AsyncIterator[str]:
    """The URL of a migrated database of this run alone, with fsync on as in production."""
    with tempfile.TemporaryDirectory(prefix="arena-bench-", ignore_cleanup_errors=True) as home:
        server = EmbeddedPostgres(Path(home), durable=True)
        try:
            url = server.start()
            await migrations.upgrade(url)
            yield url
        finally:
            server.stop()


class Author:
    """A person, his collective and its key; opens feeds and publishes by the product's own verbs."""

    def __init__(self, db: Database, settings: Settings, name: str = "Benchmark") -> None:
        self.db = db
        self.settings = settings
        self.key = SigningKey(name.encode().ljust(32, b"."))
        self.name = name
        self.keys: list[str] = []
        self._collective_id = ""
        self.owner_id = ""

    async def arrive(self, keys: int = 1) -> "Author":
        async with self.db.transaction() as tx:
            await tx.execute(
                """insert into instrument (symbol, base, quote, tick, step, notional_min, source)
                   values ($1, 'BTC', 'USD', 0.01, 0.00001, 10, 'sample') on conflict do nothing""",
                SYMBOL,
            )
            owner = await create_person(
                tx,
                email=f"{ids.fresh('mail')}@example.org",
                name=self.name,
                password=ids.fresh("password"),
            )
            self.owner_id = owner.id
            for number in range(keys):
                _, secret = await create_api_key(
                    tx, self.settings.vault, NewApiKey(owner.id, f"key {number}")
                )
                self.keys.append(secret)
            made = await register_collective(
                tx, Registration(self.name, "benchmark", self.key.public, owner.id)
            )
            self._collective_id = made.id
        return self

    async def open(self, name: str) -> Feed:
        async with self.db.transaction() as tx:
            new = NewFeed(self._collective_id, name, SYMBOL, LINEAGE)
            return await open_feed(tx, new, settings=self.settings, actor=SYSTEM)

    async def publish(self, feed_id: str, previous: tuple[int, str] | None = None) -> Signal:
        """The feed's next signal, signed, in a transaction of its own. `previous` saves looking it up."""
        async with self.db.transaction() as tx:
            if previous is None:
                now = await feed(tx, feed_id)
                previous = (now.last_sequence, now.last_hash)
            signed = sign(self.terms(feed_id, previous[0] + 1, previous[1], tx.now), self.key)
            return await publish(tx, signed, actor=SYSTEM, settings=self.settings)

    def terms(self, feed_id: str, sequence: int, previous_hash: str, at: datetime) -> Terms:
        return Terms(
            id=signal_id(feed_id, sequence), feed_id=feed_id, sequence=sequence, issued_at=at,
            valid_until=at + timedelta(hours=1), instrument=SYMBOL, action="hold",
            target_weight=Decimal("0.5"), limit_price=None, stop_price=None, take_profit_price=None,
            confidence=Decimal("0.62"), rationale=RATIONALE, lineage=LINEAGE, previous_hash=previous_hash,
            key_id=key_id_of(self.key.public),
        )  # fmt: skip
