"""The hub, one per process: follows the feeds somebody listens to and writes each signal to all of them.

News of a signal wakes its feed's line, which reads from the database everything after what it last fanned
out; so news may be lost or doubled without a gap or a repeat. A slow poll makes up for lost news.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import asyncpg
import structlog

from arena.kit.db import Database
from arena.kit.errors import ArenaError
from arena.marketplace.delivery import counters, render
from arena.marketplace.delivery.fan_out import fan_out
from arena.marketplace.delivery.line import Connection, Line, Seat
from arena.marketplace.delivery.model import CloseCode, Grant, TooManySockets
from arena.marketplace.delivery.store import last_before
from arena.marketplace.entitlements import given_of
from arena.signals.feeds import Signal, feed, signals

BATCH = 500
CLOSE_PATIENCE_S = 0.5
BROKEN = (ArenaError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)
log = structlog.get_logger()


class Hub:
    """`sockets_max` bounds the streams of one caller, `queued_max` the bytes a slow reader may leave unread."""

    def __init__(self, db: Database, *, sockets_max: int, queued_max: int) -> None:
        self.db = db
        self.lines: dict[str, Line] = {}
        self.connections: dict[Connection, None] = {}
        self._sockets_max = sockets_max
        self._queued_max = queued_max
        self._held: Counter[str] = Counter()
        self._closing: set[asyncio.Task[None]] = set()
        self.days: dict[tuple[str, int, bool, datetime], tuple[list[tuple[int, bytes]], int]] = {}
        self.given = given_of(db)

    # -- connections

    def attach(self, connection: Connection) -> None:
        """Raises TooManySockets."""
        held = self._held[connection.actor.id]
        if held >= self._sockets_max:
            raise TooManySockets(held=held)
        self._held[connection.actor.id] += 1
        self.connections[connection] = None
        counters.SOCKETS.inc()

    def detach(self, connection: Connection) -> None:
        if connection not in self.connections:
            return
        del self.connections[connection]
        connection.closing = True
        self._held[connection.actor.id] -= 1
        self._held += Counter()  # forgets who holds none
        counters.SOCKETS.dec()
        for seat in connection.seats:
            self.leave(seat)

    async def sit(self, connection: Connection, grant: Grant, after: int | None) -> Seat:
        """A seat at the grant's feed, waiting until it has joined.

        None as `after` means from now on; for delayed tiers, from what they have got to.
        """
        if grant.feed_id not in self.lines or (not grant.live and after is None):
            async with self.db.transaction(readonly=True) as tx:
                last = (await feed(tx, grant.feed_id)).last_sequence
                reach = grant.reach(tx.now)
                if reach is not None and after is None:
                    after = await last_before(tx, grant.feed_id, reach)
            if grant.feed_id not in self.lines:
                self.lines[grant.feed_id] = Line(grant.feed_id, last)
                self.wake(self.lines[grant.feed_id])  # news may have passed while we looked
        line = self.lines[grant.feed_id]
        seat = Seat(connection, line, grant, line.last if after is None else after)
        line.waiting[seat] = None
        line.note_end(grant.until)
        connection.seats.append(seat)
        return seat

    def leave(self, seat: Seat) -> None:
        seat.line.remove(seat)
        if seat.line.empty and self.lines.get(seat.line.feed_id) is seat.line:
            del self.lines[seat.line.feed_id]

    def close(self, connection: Connection, code: CloseCode, reason: str) -> None:
        """Begins to close the stream; nothing more is written to it. `reason` is cut to what a frame holds."""
        if connection.closing:
            return
        connection.closing = True
        counters.DROPPED.labels(code.name.lower()).inc()
        for seat in connection.seats:
            self.leave(seat)
        task = asyncio.get_running_loop().create_task(_close(connection, code, reason))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    # -- signals

    def heard(self, words: str) -> None:
        """News `feed:sequence`: a signal was published, here or in another process."""
        feed_id, _, sequence = words.rpartition(":")
        line = self.lines.get(feed_id)
        if line is not None and (not sequence.isdigit() or int(sequence) > line.last):
            self.wake(line)

    def wake_all(self, _words: str = "") -> None:
        for line in self.lines.values():
            self.wake(line)

    def wake(self, line: Line) -> None:
        line.woken = True
        if line.tailing is None:
            line.tailing = asyncio.get_running_loop().create_task(self._tail(line))

    async def read(self, feed_id: str, after: int) -> list[Signal]:
        async with self.db.transaction(readonly=True) as tx:
            return await signals(tx, feed_id, after=after, limit=BATCH)

    async def _tail(self, line: Line) -> None:
        try:
            while line.woken:
                line.woken = False
                while fresh := await self.read(line.feed_id, line.last):
                    self.fan_out(line, fresh)
                    await asyncio.sleep(0)  # lets sockets flush and others run between batches
        except BROKEN as broken:  # the slow poll tries again
            log.warning("stream cannot read a feed", feed=line.feed_id, error=str(broken))
        finally:
            line.tailing = None

    def fan_out(self, line: Line, fresh: Sequence[Signal]) -> None:
        """Encodes each signal once and writes it to all live seats whose grant holds at this moment."""
        now = self.db.clock.now()
        if line.ends_at is not None and line.ends_at <= now:
            for seat in [seat for seat in line.live if not seat.grant.holds_at(now)]:
                line.remove(seat)
                line.waiting[seat] = None  # in doubt until the watch has asked again
        frames = [(signal.sequence, render.signal_frame(signal)) for signal in fresh]
        delivered, slow = fan_out(line, frames, self._queued_max)
        counters.DELIVERIES.inc(delivered)
        self.given.note_all((seat.grant.right_id for seat in line.live), (line.feed_id, line.last))
        for seat in slow:
            self.close(
                seat.connection, CloseCode.SLOW_READER, "too much is unread; resume after your last"
            )

    def broadcast(self, frame: bytes) -> None:
        """Writes the frame to every open stream that is not lagging (heartbeats need not queue up)."""
        for connection in self.connections:
            if not connection.closing and not connection.outlet.congested:
                connection.outlet.push(frame)

    def of_key(self, key_id: str) -> list[Connection]:
        return [c for c in self.connections if c.actor.key_id == key_id]


async def _close(connection: Connection, code: CloseCode, reason: str) -> None:
    """Says goodbye; a reader who does not even read that in time is cut off."""
    words = reason.encode()[:120].decode(errors="ignore")
    try:
        async with asyncio.timeout(CLOSE_PATIENCE_S):
            await connection.send({"type": "websocket.close", "code": int(code), "reason": words})
    except (TimeoutError, OSError, RuntimeError):
        with contextlib.suppress(OSError, RuntimeError):
            connection.outlet.abort()
