"""The door: lets in who is entitled. Holders of API keys whom we let in lately need no question."""

import hashlib
from functools import partial

from starlette.requests import HTTPConnection, Request
from starlette.types import Receive, Scope

from arena.kit.clock import monotonic_s
from arena.kit.db import Database
from arena.kit.errors import ArenaError
from arena.kit.settings import Settings
from arena.marketplace.delivery import admit
from arena.marketplace.delivery.meter import Meter
from arena.marketplace.delivery.model import Grant
from arena.marketplace.delivery.passes import FRESH_S, Pass, Passes
from arena.people import access
from arena.people.access import ANONYMOUS, Actor


class Door:
    """`by_key` for API keys, `ask` for signed requests, sessions and strangers."""

    def __init__(self, db: Database, settings: Settings, passes: Passes) -> None:
        self._db = db
        self._settings = settings
        self._passes = passes
        self._strangers = Meter(settings.rate_anonymous_per_min, "anonymous")

    async def by_key(self, bearer: bytes, model_id: str, scope: Scope, now: float) -> Pass:
        """The pass of whoever sends this Authorization header. `now` is of the monotonic clock.

        Raises what `ask` raises.
        """
        key = (hashlib.sha256(bearer).digest(), model_id)
        held = self._passes.get(key, now)
        if held is None or not held.grant.holds_at(self._db.clock.now()):
            return await self._passes.load(key, partial(self.ask, scope, None, model_id))
        if now - held.made_at > FRESH_S:
            self._passes.renew(key, held, partial(self._ask, scope, None, model_id))
        return held

    async def ask(
        self, scope: Scope, receive: Receive | None, model_id: str
    ) -> tuple[Actor, Grant]:
        """Asks for somebody we do not know yet; those who are refused are counted by their address.

        Raises Unauthenticated and its kin, ScopeMissing, NoSuchModel, PaymentRequired, NotEntitled, TooManyPulls.
        """
        client = scope.get("client")
        address = client[0] if client else "unknown"
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
