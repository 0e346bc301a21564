"""The pace of a recording: each step when its time has come, however often the pace is changed."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from arena.kit.clock import monotonic_s

LOOK_S = 0.25


class Pacer:
    """`pause_s` tells how long a bar of `interval_s` seconds takes, None while the tape stands still; `rest` waits that
    many seconds, or until the pace was changed."""

    def __init__(
        self,
        pause_s: Callable[[], Awaitable[float | None]],
        rest: Callable[[float], Awaitable[None]],
        interval_s: int,
    ) -> None:
        self._pause_s = pause_s
        self._rest = rest
        self._interval_s = interval_s
        self._pace: float | None = None  # seconds of ours to one of the tape
        self._from: tuple[float, datetime] | None = (
            None  # our time and the tape's when that pace began
        )

    async def wait_for(self, at: datetime) -> None:
        """Returns when it is time for what happened at `at`."""
        while True:
            pause_s = await self._pause_s()
            if pause_s is None:
                self._from = None
                await self._rest(LOOK_S)
                continue
            if pause_s == 0:
                self._from = None
                return
            pace = pause_s / self._interval_s
            if self._from is None or pace != self._pace:
                self._pace, self._from = pace, (monotonic_s(), at)
                return
            began_s, first = self._from
            left_s = began_s + (at - first).total_seconds() * pace - monotonic_s()
            if left_s <= 0:
                return
            await self._rest(min(left_s, LOOK_S))
