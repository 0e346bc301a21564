"""Pages of signals as bytes: read and encoded once for everybody who may see the same, dropped by news."""

import asyncio
import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

from arena.kit.clock import monotonic_s
from arena.kit.db import Database
from arena.marketplace.delivery.model import Ask, Grant
from arena.marketplace.delivery.render import page_body
from arena.marketplace.entitlements import Newest
from arena.signals.feeds import signals

BYTES_MAX = 32_000_000
OVERHEAD_BYTES = 1_500  # what keeping a page costs beside its body; empty pages are not free
AGE_MAX_S = 5.0  # news may be lost; this bounds how long that shows
Key = tuple[str, bool, int, int, datetime | None]


@dataclass(slots=True)
class Page:
    """An answer ready to send. `made_at` is of the monotonic clock, `newest` the last signal on it: of which
    feed, and its sequence."""

    body: bytes
    etag: bytes
    made_at: float
    headers: list[tuple[bytes, bytes]]
    newest: Newest | None


class Pages:
    """`get` for the page that is there, `load` for one that is not. Least recently used ones go first."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._kept: OrderedDict[Key, Page] = OrderedDict()
        self._of_feed: dict[str, set[Key]] = {}
        self._size = 0
        self._loading: dict[Key, asyncio.Future[Page]] = {}
        self._news = 0  # counts what was dropped: a page read before news is not kept after it

    def key(self, grant: Grant, ask: Ask) -> Key:
        """Pages of delayed tiers change with the time too; so how far they reach is part of their key."""
        until = None if grant.live else grant.reach(self._db.clock.now())
        return grant.feed_id, grant.live, ask.after or 0, ask.limit, until

    def get(self, key: Key, now: float) -> Page | None:
        page = self._kept.get(key)
        if page is None or now - page.made_at > AGE_MAX_S:
            return None
        self._kept.move_to_end(key)
        return page

    async def load(self, key: Key) -> Page:
        """Reads the page; those who ask for the same meanwhile wait for the same answer."""
        running = self._loading.get(key)
        if running is None:
            running = asyncio.ensure_future(self._load(key))
            self._loading[key] = running
            running.add_done_callback(lambda done: self._loaded(key, done))
        return await asyncio.shield(running)

    def heard(self, words: str) -> None:
        """News `feed:sequence`: that feed's pages may lack a signal now."""
        self._drop(words.rpartition(":")[0])

    def forget(self, _words: str = "") -> None:
        """There may have been news that we did not hear."""
        self._news += 1
        self._kept.clear()
        self._of_feed.clear()
        self._loading.clear()
        self._size = 0

    def _drop(self, feed_id: str) -> None:
        self._news += 1
        for key in self._of_feed.pop(feed_id, ()):
            self._size -= _cost(self._kept.pop(key))
        for key in [key for key in self._loading if key[0] == feed_id]:
            del self._loading[key]  # who asks from now on must see the new signal

    async def _load(self, key: Key) -> Page:
        feed_id, live, after, limit, until = key
        news = self._news
        async with self._db.transaction(readonly=True) as tx:
            found = await signals(tx, feed_id, after=after, limit=limit + 1, issued_before=until)
        body = page_body(found, limit=limit, basic=not live)
        etag = b'"' + hashlib.sha256(body).hexdigest()[:32].encode() + b'"'
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"etag", etag),
            (b"cache-control", b"private, no-cache"),
            (b"vary", b"authorization, cookie, signature"),
        ]
        newest = (feed_id, found[:limit][-1].sequence) if found else None
        page = Page(body, etag, monotonic_s(), headers, newest)
        if news == self._news:
            self._keep(key, page)
        return page

    def _loaded(self, key: Key, done: asyncio.Future[Page]) -> None:
        if self._loading.get(key) is done:
            del self._loading[key]
        if not done.cancelled():
            done.exception()  # seen by whoever waits; if nobody does, it need not be logged

    def _keep(self, key: Key, page: Page) -> None:
        old = self._kept.pop(key, None)
        self._size += _cost(page) - (_cost(old) if old else 0)
        self._kept[key] = page
        self._of_feed.setdefault(key[0], set()).add(key)
        while self._size > BYTES_MAX:
            gone, dropped = self._kept.popitem(last=False)
            self._size -= _cost(dropped)
            self._of_feed[gone[0]].discard(gone)


def _cost(page: Page) -> int:
    return len(page.body) + OVERHEAD_BYTES
