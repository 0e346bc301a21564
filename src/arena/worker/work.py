"""Runs a worker: takes the tape's lock, plays, reacts, tidies up; others stand by until it is gone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import structlog

from arena.kit.db import DATABASE_AWAY, connect_options
from arena.kit.tasks import background
from arena.money import billing
from arena.people import access, identity
from arena.signals.strategists import (
    hosting,
    language_model,
    reproduce_for_ever,
    sweep_for_ever,
)
from arena.trading import market, performance
from arena.wire import Arena
from arena.worker import gateway
from arena.worker.jobs import STANDING
from arena.worker.player import Player
from arena.worker.reactor import Reactor

log = structlog.get_logger()
KEEP_EVERY_S = 5
_TAPE_LOCK = 7_291_530_017


@asynccontextmanager
async def work(arena: Arena, source: market.Source) -> AsyncIterator[Player]:
    """Plays the source beside the block. Only one worker of an arena is at work at any time."""
    reactor = Reactor(arena.db)
    player = Player(arena, source, reactor, STANDING)
    desk = language_model.Desk(arena.db, arena.settings)
    arena.bus.listen("fact", reactor.wake)
    arena.bus.listen("tape", player.nudge)
    arena.bus.listen("clock", desk.nudge)
    told = asyncio.Event()
    arena.bus.listen(billing.NEWS, lambda _: told.set())
    async with background(_for_ever(arena, reactor, player, desk, told)):
        yield player


async def _for_ever(
    arena: Arena, reactor: Reactor, player: Player, desk: language_model.Desk, told: asyncio.Event
) -> None:
    """Goes back to work after the database has been away; anything else that breaks ends the worker."""
    while True:
        try:
            await _alone(arena, reactor, player, desk, told)
        except DATABASE_AWAY as broken:
            log.warning("the worker lost the database", error=str(broken), again_in_s=1)
            await asyncio.sleep(1)


async def _alone(
    arena: Arena, reactor: Reactor, player: Player, desk: language_model.Desk, told: asyncio.Event
) -> None:
    lock = await asyncpg.connect(**connect_options(arena.url))
    try:
        if not await lock.fetchval("select pg_try_advisory_lock($1)", _TAPE_LOCK):
            log.info("another worker plays the tape; standing by")
            await lock.execute("select pg_advisory_lock($1)", _TAPE_LOCK)
        async with (
            arena.floor.at_work(),
            background(
                player.run(),
                reactor.run(),
                _tidy(arena),
                gateway.heal(arena),
                gateway.heed(arena, told),
                gateway.listen(arena),
                gateway.compare(arena),
                _keep_days(arena),
                arena.live.run(),
                desk.run(),
                market.mend(arena.db, player.source),
                reproduce_for_ever(arena.db, arena.settings),
                hosting.check_for_ever(arena.db, arena.settings),
                sweep_for_ever(arena.db, arena.settings),
            ),
        ):
            await _lost(lock)
        raise ConnectionError("the lock on the tape is gone")
    finally:
        if not lock.is_closed():
            await lock.close(timeout=2)


async def _lost(lock: asyncpg.Connection) -> None:
    lost = asyncio.Event()
    lock.add_termination_listener(lambda _connection: lost.set())
    await lost.wait()


async def _tidy(arena: Arena) -> None:
    """Forgets expired nonces, sessions and idempotency keys, and binds keys whose waiting period is over, by the wall
    clock."""
    while True:
        await access.prune(arena.db)
        await identity.finish_recoveries(arena.db)
        await asyncio.sleep(600)


async def _keep_days(arena: Arena) -> None:
    """Sums up the days of records that have ended, beside the tape: ten thousand accounts take a while, and boards sum
    up themselves what is not kept yet."""
    kept = None
    while True:
        async with arena.db.transaction(readonly=True) as tx:
            until = await performance.last_board_at(tx)
        if until != kept:
            await performance.keep_days(arena.db, until)
            kept = until
        await asyncio.sleep(KEEP_EVERY_S)
