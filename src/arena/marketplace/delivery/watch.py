"""Watches the open streams' entitlements, so that a stream ends within a second of its entitlement's end.

Three things raise a doubt: the product clock passing a grant's end, news that an entitlement changed, and a
time without news (the bus was down). A seat in doubt is asked about; it is given nothing past its end.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from arena.kit.bus import Bus
from arena.kit.clock import iso_ms, monotonic_s
from arena.kit.errors import ArenaError
from arena.marketplace.delivery import render
from arena.marketplace.delivery.hub import BROKEN, Hub
from arena.marketplace.delivery.join import join
from arena.marketplace.delivery.line import Connection, Line, Seat
from arena.marketplace.delivery.model import CloseCode, Grant, midnight_before
from arena.people.access import Actor

TICK_S = 0.2
POLL_S = 5.0
KEYS_S = 60.0  # keys that expire by themselves send no news
DEAF_S = 0.8  # without a bus, everything is asked again this often
LATER_S = (
    1.0  # a free follower's reach moves by the minute; looking is bounded where the tape runs fast
)
PATIENCE_S = 0.4  # a renewal falls due at the very moment a grant ends: it may be under way
Pair = tuple[Actor, str]
Ask = Callable[[Iterable[Pair]], Awaitable[dict[Pair, Grant | ArenaError]]]
log = structlog.get_logger()


@dataclass(slots=True)
class Watch:
    """`ask` answers for many (caller, feed) at once; `proven` tells which callers' keys still stand."""

    hub: Hub
    bus: Bus
    ask: Ask
    proven: Callable[[Iterable[Actor]], Awaitable[set[Actor]]]
    heartbeat_s: float
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _doubted: set[str] = field(default_factory=set)
    _all_in_doubt: bool = False
    _over_since: dict[Seat, float] = field(default_factory=dict)
    _tasks: set[asyncio.Task[bool]] = field(default_factory=set)
    _midnight: datetime | None = None
    _looked_later: float = 0.0
    _running: asyncio.Task[None] | None = None

    def listen(self) -> None:
        self.bus.listen("signal", self.hub.heard)
        self.bus.listen("entitlement", self._entitlement_changed)
        self.bus.listen("key", self._key_changed)
        self.bus.listen("person", self._person_changed)
        self.bus.listen("*", self._reconnected)

    def ensure(self) -> None:
        """Watches from now on, if it does not yet, for as long as there are streams."""
        if self._running is None or self._running.done():
            self._running = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        """Looks `TICK_S` after the last look, or at once where there is news."""
        polled = beat = asked = proved = monotonic_s()
        while self.hub.connections:
            try:
                async with asyncio.timeout(TICK_S):
                    await self._woken.wait()
            except TimeoutError:
                pass
            self._woken.clear()
            now = monotonic_s()
            if not self.bus.connected and now - asked >= DEAF_S:
                self._all_in_doubt, asked = True, now
            if now - proved >= KEYS_S:
                self._all_in_doubt, proved = True, now
            if now - polled >= POLL_S:
                polled = now
                self.hub.wake_all()
            if now - beat >= self.heartbeat_s:
                beat = now
                at = iso_ms(self.hub.db.clock.now())
                self.hub.broadcast(render.message("heartbeat", at=at))
            try:
                await self.look()
            except BROKEN as broken:
                log.warning("stream cannot ask for entitlements", error=str(broken))

    async def look(self) -> None:
        """Asks about all seats in doubt and acts on the answers; gives delayed tiers what has come into reach."""
        now = self.hub.db.clock.now()
        self._move_reach(now)
        if self._all_in_doubt:
            self._all_in_doubt = False
            self._doubted.update(self.hub.lines)
            await self._check_keys()
        doubted, self._doubted = self._doubted, set()
        seats: list[Seat] = []
        for line in list(self.hub.lines.values()):
            if line.feed_id in doubted:
                seats += line.seats()
            elif line.ends_at is not None and line.ends_at <= now:
                seats += [seat for seat in line.seats() if not seat.grant.holds_at(now)]
        if not seats:
            return
        try:
            answers = await self.ask({(s.connection.actor, s.grant.feed_id) for s in seats})
        except BROKEN:
            self._doubted |= doubted
            answers = {}
        for seat in seats:
            self._act(seat, answers.get((seat.connection.actor, seat.grant.feed_id)), now)
        for line in {seat.line for seat in seats}:
            line.forget_ends()

    def _act(self, seat: Seat, answer: Grant | ArenaError | None, now: datetime) -> None:
        if seat.connection.closing:
            self._over_since.pop(seat, None)
        elif isinstance(answer, Grant) and answer.holds_at(self.hub.db.clock.now()):
            self._over_since.pop(seat, None)
            changed = (answer.live, answer.daily) != (seat.grant.live, seat.grant.daily)
            seat.grant = answer
            if changed:
                _wait(seat)
            if seat in seat.line.waiting and not seat.joining:
                self._rejoin(seat)
        elif not seat.grant.holds_at(now) and self._renewal_may_come(seat):
            _wait(seat)
        elif answer is not None or not seat.grant.holds_at(now):
            self._over_since.pop(seat, None)
            self._end(seat, answer if isinstance(answer, ArenaError) else None)

    def _renewal_may_come(self, seat: Seat) -> bool:
        since = self._over_since.setdefault(seat, monotonic_s())
        return monotonic_s() - since < PATIENCE_S

    def _end(self, seat: Seat, refused: ArenaError | None) -> None:
        """Takes the seat away; the stream closes with its last seat."""
        connection, feed_id = seat.connection, seat.grant.feed_id
        code = refused.code() if refused else "not_entitled"
        self.hub.leave(seat)
        connection.seats.remove(seat)
        connection.outlet.push(
            render.message(
                "ended", code=code, feed=feed_id, sequence=seat.last,
                detail=refused.detail if refused else "The entitlement has ended.",
            )
        )  # fmt: skip
        if not connection.seats:
            reason = f"{code}: the entitlement to {feed_id} has ended"
            self.hub.close(connection, CloseCode.NOT_ENTITLED, reason)

    def _rejoin(self, seat: Seat) -> None:
        task = asyncio.get_running_loop().create_task(join(self.hub, seat))
        self._tasks.add(task)
        task.add_done_callback(self._rejoined)

    def _rejoined(self, task: asyncio.Task[bool]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and isinstance(broken := task.exception(), BROKEN):
            log.warning("stream cannot catch up", error=str(broken))
            self._all_in_doubt = True  # ask, and join, again with the next look

    def _move_reach(self, now: datetime) -> None:
        """Basic's moves at midnight, a free follower's with the minute."""
        midnight = midnight_before(now)
        new_day, self._midnight = midnight != self._midnight, midnight
        looks = monotonic_s() - self._looked_later >= LATER_S
        if not new_day and not looks:
            return
        self._looked_later = monotonic_s()
        for line in self.hub.lines.values():
            for seat in list(line.later):
                if new_day if seat.grant.daily else looks:
                    _wait(seat)
                    self._rejoin(seat)

    async def _check_keys(self) -> None:
        actors: dict[Actor, list[Connection]] = {}
        for connection in self.hub.connections:
            actors.setdefault(connection.actor, []).append(connection)
        if not actors:
            return
        for actor in actors.keys() - await self.proven(actors):
            for connection in actors[actor]:
                self._revoked(connection)

    def _revoked(self, connection: Connection) -> None:
        self.hub.close(
            connection, CloseCode.UNAUTHENTICATED, "the key or session is no longer valid"
        )

    def _entitlement_changed(self, words: str) -> None:
        self._doubted.add(words.rpartition(":")[2])
        self._woken.set()

    def _key_changed(self, key_id: str) -> None:
        if self.hub.of_key(key_id):
            self._all_in_doubt = True
            self._woken.set()

    def _person_changed(self, person_id: str) -> None:
        """Somebody signed out or has other roles: streams opened with a session are asked to come again."""
        for connection in list(self.hub.connections):
            if connection.actor.id == person_id and connection.actor.key_id is None:
                self._revoked(connection)

    def _reconnected(self, _words: str) -> None:
        self._all_in_doubt = True
        self.hub.wake_all()
        self._woken.set()


def _wait(seat: Seat) -> None:
    line: Line = seat.line
    line.remove(seat)
    line.waiting[seat] = None
