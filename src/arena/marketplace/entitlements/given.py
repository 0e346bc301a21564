"""What was given at once: the first signal since a real-time tier was had, noted once for each right.

It decides whether a purchase can still be taken back. Noting costs the hot path a look into a set; what is new is
written a moment later, many in one statement. Where the process dies in that moment nothing is written, to the good of
who bought.
"""

import asyncio
from collections.abc import Iterable
from weakref import WeakKeyDictionary

import structlog

from arena.kit.db import DATABASE_AWAY, Database

KNOWN_MAX = 100_000
GATHER_S = 0.05
AGAIN_S = 1.0
Newest = tuple[str, int]  # of which feed, and the sequence
log = structlog.get_logger()


class Given:
    """`note` what a right was given; `written` waits until all of it is in the database."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: set[str] = set()
        self._looked: dict[str, int] = {}  # how far each right was found to have had nothing new
        self._waiting: dict[str, tuple[Newest, str]] = {}
        self._writing: asyncio.Task[None] | None = None

    def note(self, right_id: str | None, newest: Newest, channel: str) -> None:
        """`newest` is the last of the signals that were handed over. An owner has no right to note it of."""
        if (
            right_id is None
            or right_id in self._known
            or self._looked.get(right_id, -1) >= newest[1]
        ):
            return
        self._waiting[right_id] = (newest, channel)
        if self._writing is None or self._writing.done():
            self._writing = asyncio.get_running_loop().create_task(self._write())

    def note_all(self, right_ids: Iterable[str | None], newest: Newest) -> None:
        """Of all who are live on a feed."""
        for right_id in right_ids:
            if right_id not in self._known:
                self.note(right_id, newest, "stream")

    async def written(self) -> None:
        if self._writing is not None:
            await self._writing

    async def _write(self) -> None:
        while self._waiting:
            await asyncio.sleep(GATHER_S)
            waiting, self._waiting = self._waiting, {}
            try:
                await self._keep(waiting)
            except DATABASE_AWAY as away:
                log.warning("first deliveries wait for the database", error=str(away))
                self._waiting = {**waiting, **self._waiting}
                await asyncio.sleep(AGAIN_S)

    async def _keep(self, waiting: dict[str, tuple[Newest, str]]) -> None:
        """Signals from before a real-time tier was had are no delivery of it; they are looked at each time."""
        ids = list(waiting)
        async with self._db.transaction() as tx:
            rows = await tx.fetch(
                """with held as (
                     select w.id, w.sequence, w.channel, g.received_at, (
                       select min(d.valid_from) from access_decision d
                       where d.right_id = w.id and d.can_access and d.tier not in ('basic', 'free')) as since
                     from unnest($1::text[], $2::text[], $3::bigint[], $4::text[])
                       as w (id, feed_id, sequence, channel)
                     join signal g on g.feed_id = w.feed_id and g.sequence = w.sequence),
                   kept as (
                     insert into first_delivery (right_id, sequence, channel, at)
                     select id, sequence, channel, $5 from held where received_at >= since
                     on conflict do nothing)
                   select id from held where received_at >= since""",
                ids, [waiting[i][0][0] for i in ids], [waiting[i][0][1] for i in ids],
                [waiting[i][1] for i in ids], tx.now,
            )  # fmt: skip
        if len(self._known) + len(self._looked) >= KNOWN_MAX:
            self._known.clear()
            self._looked.clear()
        self._known.update(row["id"] for row in rows)
        self._looked.update((i, waiting[i][0][1]) for i in ids if i not in self._known)


_of: WeakKeyDictionary[Database, Given] = WeakKeyDictionary()


def given_of(db: Database) -> Given:
    """The one of this process and database."""
    return _of.setdefault(db, Given(db))
