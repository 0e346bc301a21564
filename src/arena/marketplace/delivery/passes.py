"""Callers of GET /signals whom this process has let in lately: no question to the database for a second.

A pass is kept by the digest of the API key and the model asked for. It is dropped by news (the entitlement
changed, the key was revoked), altogether when the bus reconnects, and is never older than a second; so a
revocation shows within a second even where all news is lost. The grant's own end is looked at on each call.
"""

import asyncio
from collections.abc import Awaitable, Callable

from arena.kit.clock import monotonic_s
from arena.kit.errors import ArenaError
from arena.marketplace.delivery.model import Grant
from arena.people.access import Actor

AGE_MAX_S = 0.95
FRESH_S = 0.5  # from then on a pass is to be renewed ahead of time, while it still serves
KEPT_MAX = 20_000
Key = tuple[bytes, str]
Load = Callable[[], Awaitable[tuple[Actor, Grant]]]


class Pass:
    """What a caller was let in with. `made_at` is when we began to ask, by the monotonic clock."""

    __slots__ = ("actor", "grant", "made_at", "renewing")

    def __init__(self, actor: Actor, grant: Grant, made_at: float) -> None:
        self.actor = actor
        self.grant = grant
        self.made_at = made_at
        self.renewing = False


class Passes:
    """`get` a pass that is good now, or `load` one. `news` counts what was dropped."""

    def __init__(self) -> None:
        self._kept: dict[Key, Pass] = {}
        self._loading: dict[Key, asyncio.Task[Pass]] = {}
        self.news = 0

    def get(self, key: Key, now: float) -> Pass | None:
        found = self._kept.get(key)
        if found is None or now - found.made_at > AGE_MAX_S:
            return None
        return found

    async def load(self, key: Key, load: Load) -> Pass:
        """Asks, once for all who wait for the same. Raises what `load` raises."""
        return await asyncio.shield(self._loading.get(key) or self._start(key, load))

    def renewed(self, key: Key, held: Pass, made: Pass | None, news: int) -> None:
        """Puts `made` in the place of `held`, or drops it where there is none.

        `news` is the count when asking began: an answer from before some news does not count.
        """
        if news == self.news and self._kept.get(key) is held:
            if made is None:
                del self._kept[key]
            else:
                self._kept[key] = made

    def heard_entitlement(self, words: str) -> None:
        """News `person:feed`; whoever has a pass to the feed may have it by that person."""
        feed_id = words.rpartition(":")[2]
        self._drop(lambda kept: kept.grant.feed_id == feed_id)

    def heard_key(self, key_id: str) -> None:
        self._drop(lambda kept: kept.actor.key_id == key_id)

    def heard_person(self, person_id: str) -> None:
        self._drop(lambda kept: kept.actor.id == person_id)

    def forget(self, _words: str = "") -> None:
        self._drop(lambda _kept: True)

    def _drop(self, which: Callable[[Pass], bool]) -> None:
        self.news += 1
        self._loading.clear()
        for key in [key for key, kept in self._kept.items() if which(kept)]:
            del self._kept[key]

    def _start(self, key: Key, load: Load) -> asyncio.Task[Pass]:
        task = asyncio.get_running_loop().create_task(self._load(key, load))
        self._loading[key] = task
        task.add_done_callback(lambda done: self._loaded(key, done))
        return task

    async def _load(self, key: Key, load: Load) -> Pass:
        news, made_at = self.news, monotonic_s()
        try:
            actor, grant = await load()
        except ArenaError:
            self._kept.pop(key, None)
            raise
        made = Pass(actor, grant, made_at)
        if (
            news == self.news
        ):  # an answer from before the news is given to who asked before it, not kept
            if len(self._kept) >= KEPT_MAX:
                self._kept.clear()
            self._kept[key] = made
        return made

    def _loaded(self, key: Key, done: asyncio.Task[Pass]) -> None:
        if self._loading.get(key) is done:
            del self._loading[key]
        if not done.cancelled():
            done.exception()  # seen by whoever waits; if nobody does, the next caller meets it again
