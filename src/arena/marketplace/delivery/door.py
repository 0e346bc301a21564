"""The door: lets in who is entitled. Holders of API keys whom we let in lately need no question."""

import asyncio
import hashlib
from functools import partial

import asyncpg
import structlog
from starlette.requests import HTTPConnection, Request
from starlette.types import Receive, Scope

from arena.kit.clock import monotonic_s
from arena.kit.db import Database, Tx
from arena.kit.errors import ArenaError, Forbidden
from arena.kit.settings import Settings
from arena.marketplace.delivery import admit
from arena.marketplace.delivery.meter import Meter
from arena.marketplace.delivery.model import Grant
from arena.marketplace.delivery.passes import FRESH_S, Key, Pass, Passes
from arena.people import access
from arena.people.access import ANONYMOUS, Actor

GATHER_S = 0.02  # passes that fall due within this time are renewed together
RENEW_MAX = 200
BROKEN = (ArenaError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)
log = structlog.get_logger()


class Door:
    """`by_key` for API keys, `ask` for signed requests, sessions and strangers."""

    def __init__(self, db: Database, settings: Settings, passes: Passes) -> None:
        self._db = db
        self._settings = settings
        self._passes = passes
        self._strangers = Meter(settings.rate_anonymous_per_min, "anonymous")
        self._due: list[tuple[Key, bytes, Pass]] = []
        self._renewing: asyncio.Task[None] | None = None

    async def by_key(self, bearer: bytes, model_id: str, scope: Scope, now: float) -> Pass:
        """The pass of whoever sends this Authorization header. `now` is of the monotonic clock.

        Raises what `ask` raises.
        """
        key = (hashlib.sha256(bearer).digest(), model_id)
        held = self._passes.get(key, now)
        if held is None or not held.grant.holds_at(self._db.clock.now()):
            return await self._passes.load(key, partial(self.ask, scope, None, model_id))
        if now - held.made_at > FRESH_S and not held.renewing:
            held.renewing = True
            self._due.append((key, _digest(self._settings, bearer), held))
            if self._renewing is None or self._renewing.done():
                self._renewing = asyncio.get_running_loop().create_task(self._renew())
        return held

    async def ask(
        self, scope: Scope, receive: Receive | None, model_id: str
    ) -> tuple[Actor, Grant]:
        """Asks for somebody we do not know yet; those who are refused are counted by their address.

        Raises Unauthenticated and its kin, ScopeMissing, NoSuchModel, PaymentRequired, NotEntitled, TooManyPulls.
        """
        address = access.address_of(HTTPConnection(scope))
        if self._strangers.exhausted(address):
            self._strangers.spend(address, monotonic_s())
        try:
            return await self._ask(scope, receive, model_id)
        except ArenaError:
            self._strangers.spend(address, monotonic_s())
            raise

    async def _ask(
        self, scope: Scope, receive: Receive | None, model_id: str
    ) -> tuple[Actor, Grant]:
        request = Request(scope, receive) if receive is not None else HTTPConnection(scope)
        actor = await access.authenticate(self._db, self._settings, request)
        if actor != ANONYMOUS:
            admit.GATE.admit(actor)
        async with self._db.transaction(readonly=True) as tx:
            return actor, await admit.grant(tx, actor, await admit.feed_of(tx, model_id))

    async def _renew(self) -> None:
        """Asks anew about all passes that are due, many in one transaction, while they still serve.

        What cannot be asked about now runs out by itself, and its next caller waits for the answer.
        """
        while self._due:
            await asyncio.sleep(GATHER_S)
            due, self._due = self._due[:RENEW_MAX], self._due[RENEW_MAX:]
            try:
                async with self._db.transaction(readonly=True) as tx:
                    for key, digest, held in due:
                        news = self._passes.news
                        self._passes.renewed(key, held, await _again(tx, digest, held), news)
            except BROKEN as broken:
                log.warning("passes are not renewed", error=str(broken))


async def _again(tx: Tx, digest: bytes, held: Pass) -> Pass | None:
    """The pass as it would be made now; None where it would be refused."""
    made_at = monotonic_s()
    found = await access.actor_of_api_key(tx, digest)
    if found is None:
        return None
    try:
        return Pass(found[0], await admit.grant(tx, found[0], held.grant.feed_id), made_at)
    except Forbidden:
        return None


def _digest(settings: Settings, bearer: bytes) -> bytes:
    return access.api_key_digest(settings.vault, bearer.decode("latin-1").partition(" ")[2])
