"""One feed as this process fans it out: how far it has got, who listens, the last signals as frames."""

import asyncio
from collections import deque
from collections.abc import Iterable
from datetime import datetime

from starlette.types import Send

from arena.kit.sockets import Outlet
from arena.marketplace.delivery.model import Grant
from arena.people.access import Actor

RECENT_MAX = 256


class Connection:
    """One open stream."""

    __slots__ = ("actor", "closing", "outlet", "seats", "send")

    def __init__(self, actor: Actor, outlet: Outlet, send: Send) -> None:
        self.actor = actor
        self.outlet = outlet
        self.send = send
        self.seats: list[Seat] = []
        self.closing = False


class Seat:
    """One connection's place at one feed. `last` is the last sequence it was given.

    A seat is either live (in its line's `live`, at or after the line's `last`), or catching up in a task, or
    waiting because its entitlement is in doubt; it is given signals in the first two states only.
    """

    __slots__ = ("connection", "grant", "joining", "last", "line", "outlet")

    def __init__(self, connection: Connection, line: "Line", grant: Grant, last: int) -> None:
        self.connection = connection
        self.outlet = connection.outlet  # at hand, for the loop over all seats
        self.line = line
        self.grant = grant
        self.last = last
        self.joining = False


class Line:
    """One feed. `last` is the last sequence fanned out; `recent` holds the frames of the newest signals."""

    __slots__ = (
        "ends_at",
        "feed_id",
        "last",
        "later",
        "live",
        "recent",
        "tailing",
        "waiting",
        "woken",
    )

    def __init__(self, feed_id: str, last: int) -> None:
        self.feed_id = feed_id
        self.last = last
        self.live: dict[Seat, None] = {}
        self.later: dict[Seat, None] = {}  # delayed tiers: given what comes into their reach
        self.waiting: dict[Seat, None] = {}  # catching up, or in doubt
        self.recent: deque[tuple[int, bytes]] = deque(maxlen=RECENT_MAX)
        self.ends_at: datetime | None = None  # the earliest end among the seats' grants
        self.woken = False
        self.tailing: asyncio.Task[None] | None = None

    @property
    def empty(self) -> bool:
        return not (self.live or self.later or self.waiting)

    def seats(self) -> Iterable[Seat]:
        yield from list(self.live)
        yield from list(self.later)
        yield from list(self.waiting)

    def remove(self, seat: Seat) -> None:
        self.live.pop(seat, None)
        self.later.pop(seat, None)
        self.waiting.pop(seat, None)

    def note_end(self, until: datetime | None) -> None:
        """Remembers the earliest end, so that a fan-out need not look at every grant."""
        if until is not None and (self.ends_at is None or until < self.ends_at):
            self.ends_at = until

    def forget_ends(self) -> None:
        """Finds the earliest end anew, after grants have changed."""
        self.ends_at = None
        for seat in self.seats():
            self.note_end(seat.grant.until)

    def extend(self, frames: list[tuple[int, bytes]]) -> None:
        self.recent.extend(frames)
        self.last = frames[-1][0]

    def since(self, sequence: int) -> list[tuple[int, bytes]] | None:
        """The frames after `sequence`, or None where memory does not reach back so far."""
        if sequence >= self.last:
            return []
        if not self.recent or self.recent[0][0] > sequence + 1:
            return None
        return [pair for pair in self.recent if pair[0] > sequence]
