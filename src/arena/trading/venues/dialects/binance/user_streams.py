"""Events of accounts to whoever may hear them: a seat each, fed from the exchange's numbered events, none left out.

A seat that is too slow waits for itself; where the exchange ends its stream the seat goes on after the last number it
told. A seat ends with its key: news of a revoked key, or of a closed listen key, has it asked about.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress

import asyncpg
import structlog

from arena.kit.clock import monotonic_s
from arena.kit.errors import ArenaError
from arena.kit.sockets import Outlet
from arena.trading.venues.dialects.binance import stream_counters as counters
from arena.trading.venues.dialects.binance.events import Message, messages
from arena.trading.venues.exchange import Exchange

AGAIN_S = 0.2
READY_S = 5.0
LOOK_S = 30.0  # what ends by itself, by time, is noticed this late
BROKEN = (ArenaError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)
log = structlog.get_logger()


class UserSeat:
    """One socket's hearing of one account.

    `tell` puts a message into the socket's envelope; `holds` asks whether the key that opened the seat still stands;
    `ended` is called once where the seat ends by itself.
    """

    def __init__(
        self,
        account_id: str,
        key_id: str,
        *,
        outlet: Outlet,
        tell: Callable[[Message], None],
        holds: Callable[[], Awaitable[bool]],
        ended: Callable[["UserSeat"], None],
        after: int | None = None,
    ) -> None:
        self.account_id = account_id
        self.key_id = key_id
        self.listening_id: str | None = None  # of a listen key
        self.outlet = outlet
        self.tell = tell
        self.holds = holds
        self.ended = ended
        self.last = after
        self.ready = asyncio.Event()
        self.task: asyncio.Task[None] | None = None


class UserStreams:
    """All seats of one process. `wire` gives the symbol on the wire for one of ours."""

    def __init__(self, exchange: Exchange, wire: Callable[[str], str]) -> None:
        self._exchange = exchange
        self._wire = wire
        self._seats: set[UserSeat] = set()
        self._doubted: set[UserSeat] = set()
        self._woken = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None

    async def sit(self, seat: UserSeat) -> None:
        """Answers when the seat hears: what happens in the account from then on is told."""
        self._seats.add(seat)
        seat.task = asyncio.get_running_loop().create_task(self._feed(seat))
        if self._watching is None or self._watching.done():
            self._watching = asyncio.get_running_loop().create_task(self._watch())
        with suppress(TimeoutError):
            async with asyncio.timeout(READY_S):
                await seat.ready.wait()

    def leave(self, seat: UserSeat) -> None:
        """Tells nothing more; harmless where it has left already."""
        self._seats.discard(seat)
        self._doubted.discard(seat)
        if seat.task is not None:
            seat.task.cancel()

    def key_changed(self, key_id: str) -> None:
        """News `key:…`."""
        self._doubt(seat for seat in self._seats if seat.key_id == key_id)

    def listen_key_changed(self, listening_id: str) -> None:
        """News `listen_key:…`."""
        self._doubt(seat for seat in self._seats if seat.listening_id == listening_id)

    def all_changed(self, _words: str = "") -> None:
        """After a time without news."""
        self._doubt(self._seats)

    def _doubt(self, seats: Iterable[UserSeat]) -> None:
        self._doubted.update(seats)
        self._woken.set()

    async def _watch(self) -> None:
        """Asks about seats in doubt, and about all of them now and then, while there are any."""
        asked_s = monotonic_s()
        while self._seats:
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_S):
                    await self._woken.wait()
            self._woken.clear()
            if monotonic_s() - asked_s >= LOOK_S:
                asked_s = monotonic_s()
                self._doubted |= self._seats
            doubted, self._doubted = self._doubted, set()
            for seat in doubted & self._seats:
                try:
                    holds = await seat.holds()
                except BROKEN as broken:
                    log.warning("a seat's key cannot be asked about", error=str(broken))
                    self._doubted.add(seat)
                    continue
                if not holds:
                    self._end(seat)
            if self._doubted:
                await asyncio.sleep(1)
                self._woken.set()

    def _end(self, seat: UserSeat) -> None:
        if seat in self._seats:
            self.leave(seat)
            seat.ended(seat)

    async def _feed(self, seat: UserSeat) -> None:
        """Ends the seat only where it cannot say from which number to go on."""
        while True:
            try:
                async with self._exchange.listen(seat.account_id, after=seat.last) as happenings:
                    seat.ready.set()
                    async for event in happenings:
                        for message in messages(event, self._wire):
                            seat.tell(message)
                            counters.EVENTS.inc()
                        seat.last = event.number
                        if seat.outlet.congested:
                            await seat.outlet.drained()
            except BROKEN as broken:
                log.warning("events of an account cannot be read", error=str(broken))
            if seat.last is None:
                seat.task = None  # this one, which must not cancel itself
                self._end(seat)
                return
            await asyncio.sleep(AGAIN_S)
