"""Wires an arena: opens its parts in the right order and closes them in the other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from arena import reactions
from arena.evidence import log as evidence_log
from arena.kit.bus import Bus
from arena.kit.clock import Clock, TapeClock, WallClock, from_iso
from arena.kit.db import DATABASE_AWAY, Database, open_pool
from arena.kit.mail import choose_mail
from arena.kit.settings import Settings
from arena.kit.tasks import background
from arena.money import billing, usage
from arena.people import access
from arena.trading import risk
from arena.trading.orders import Floor, live
from arena.trading.venues import Rules
from arena.trading.venues.bars import BarVenue

_BEFORE_ANY_TAPE = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Arena:
    """What one process holds; all state proper is in the database."""

    settings: Settings
    url: str
    db: Database
    bus: Bus
    venue: BarVenue
    floor: Floor
    gateway: billing.Gateway
    log_key: evidence_log.LogKey
    live: live.LiveDesk
    meter: usage.Meter


@asynccontextmanager
async def open_arena(settings: Settings, url: str) -> AsyncIterator[Arena]:
    """An arena on the migrated database at `url`; its bus runs until the block ends.

    Raises OSError or asyncpg.PostgresError where the database cannot be reached.
    """
    pool = await open_pool(url, size_max=settings.database_connections_max, as_application=True)
    try:
        bus = Bus(url)
        venue = BarVenue(Rules.from_settings(settings))
        routing = reactions.table(venue, _post(settings))
        db = Database(pool, await stored_clock(pool), routing, bus.publish)
        bus.listen("clock", lambda at: _follow(db.clock, from_iso(at)))
        floor = Floor(db, settings)
        for topic in (risk.NEWS, "account"):
            bus.listen(topic, floor.forget)
        bus.listen("*", lambda _: floor.forget_all())
        desk = live.LiveDesk(db, settings)
        bus.listen(live.NEWS, desk.forget)
        bus.listen(risk.NEWS, desk.heed)
        meter = usage.Meter(db)
        bus.listen(usage.NEWS, meter.forget)
        bus.listen("*", lambda _: meter.forget_all())
        missed = asyncio.Event()
        bus.listen("*", lambda _: missed.set())
        async with background(bus.run(), _look_again(db, missed), meter.run()):
            yield Arena(
                settings, url, db, bus, venue, floor, billing.choose_gateway(db, settings),
                evidence_log.log_key(settings.vault), desk, meter,
            )  # fmt: skip
            await meter.close()
            await desk.close()
    finally:
        await pool.close()


def _post(settings: Settings) -> access.Post:
    url = settings.smtp_url
    way = choose_mail(settings.home, url.get_secret_value() if url else None, settings.mail_from)
    return access.Post(way, settings)


async def stored_clock(pool: Any) -> Clock:
    """The product clock as the database has it: the wall for a live arena, else where the tape stands."""
    row = await pool.fetchrow("select at, source from product_clock")
    if row is None:
        return TapeClock(_BEFORE_ANY_TAPE)
    return WallClock() if row["source"] == "live" else TapeClock(row["at"])


async def _look_again(db: Database, missed: asyncio.Event) -> None:
    """While the bus is away news of the clock is lost, and the tape may have stopped since: a clock that is
    behind would serve what has ended."""
    while True:
        await missed.wait()
        missed.clear()
        try:
            async with db.transaction(readonly=True) as tx:
                at = await tx.fetchval("select at from product_clock")
        except DATABASE_AWAY:
            await asyncio.sleep(1)
            missed.set()
            continue
        if at is not None:
            _follow(db.clock, at)


def _follow(clock: Clock, at: datetime) -> None:
    if isinstance(clock, TapeClock):
        clock.move_to(at)
