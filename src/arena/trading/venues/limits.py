"""Counts what an exchange lets one caller do, and waits before the exchange has to say no.

Exchanges count in windows that begin at whole multiples of their length by their own clock, so windows here do,
too. What the exchange itself says it has counted (its headers) is believed where it is more than our own count: others
may call from the same address.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from arena.kit.errors import Unavailable

WAIT_S_MAX = 30
CALM_PERCENT = 80
"""What reading may use of a limit; the rest is kept for cancels, orders and questions about them."""


class VenueBusy(Unavailable):
    """{venue} lets us call again in {wait_s} seconds; wait, or ask for less."""

    status, title = 429, "Too many requests"
    retry_after_s: ClassVar[int] = 10


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `limit` of `kind` (weight, or orders) in each window of `window_s` seconds."""

    kind: str
    window_s: int
    limit: int


class _Window:
    __slots__ = ("index", "rate", "used")

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self.index = -1
        self.used = 0

    def turn(self, now_ms: int) -> None:
        index = now_ms // (self.rate.window_s * 1000)
        if index > self.index:
            self.index, self.used = index, 0

    def ends_ms(self) -> int:
        return (self.index + 1) * self.rate.window_s * 1000


class RateKeeper:
    """One per limit that is shared: weight by all accounts at an exchange, orders by all calls of an account.

    `now_ms` is the exchange's clock. `sleep` waits so many seconds.
    """

    def __init__(
        self,
        venue: str,
        rates: Sequence[Rate],
        now_ms: Callable[[], int],
        *,
        sleep: Callable[[int | float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._venue = venue
        self._windows = [_Window(rate) for rate in rates]
        self._now_ms = now_ms
        self._sleep = sleep
        self._closed_until_ms = 0
        self.waits = 0

    def learn(self, rates: Sequence[Rate]) -> None:
        """The exchange has told its limits; what was counted in windows of the same length stays counted."""
        known = {(w.rate.kind, w.rate.window_s): w for w in self._windows}
        windows = []
        for rate in rates:
            window = known.get((rate.kind, rate.window_s)) or _Window(rate)
            window.rate = rate
            windows.append(window)
        self._windows = windows

    async def spend(self, kind: str, cost: int, *, urgent: bool = False) -> None:
        """Takes `cost` out of every window of this kind, and waits where one of them has no room.

        Raises VenueBusy, without having taken anything, where the wait would be over 30 seconds.
        """
        waited_ms = 0
        while True:
            wait_ms = self._missing_ms(kind, cost, urgent)
            if wait_ms <= 0:
                break
            if waited_ms + wait_ms > WAIT_S_MAX * 1000:
                raise VenueBusy(venue=self._venue, wait_s=-(-wait_ms // 1000))
            self.waits += 1
            waited_ms += wait_ms
            await self._sleep(wait_ms / 1000)
        for window in self._of(kind):
            window.used += cost

    def correct(self, kind: str, window_s: int, used: int) -> None:
        """What the exchange says has been used in the running window."""
        for window in self._of(kind):
            if window.rate.window_s == window_s:
                window.turn(self._now_ms())
                window.used = max(window.used, used)

    def close_for(self, seconds: int) -> None:
        """The exchange has refused by rate: nothing at all goes out for so long."""
        self._closed_until_ms = max(self._closed_until_ms, self._now_ms() + seconds * 1000)

    def left(self, kind: str) -> int | None:
        """What the tightest running window has left; None where there is no such limit."""
        now_ms = self._now_ms()
        rooms = []
        for window in self._of(kind):
            window.turn(now_ms)
            rooms.append(max(0, window.rate.limit - window.used))
        return min(rooms, default=None)

    def _of(self, kind: str) -> list[_Window]:
        return [window for window in self._windows if window.rate.kind == kind]

    def _missing_ms(self, kind: str, cost: int, urgent: bool) -> int:
        now_ms = self._now_ms()
        wait_ms = self._closed_until_ms - now_ms
        for window in self._of(kind):
            window.turn(now_ms)
            limit = window.rate.limit
            room = limit if urgent else max(limit * CALM_PERCENT // 100, min(cost, limit))
            if window.used + cost > room:
                # A cost above the whole limit would wait for ever: it goes out into an untouched window.
                if window.used == 0 and cost > limit:
                    continue
                wait_ms = max(wait_ms, window.ends_ms() - now_ms)
        return wait_ms
