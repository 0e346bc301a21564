"""The exchange's rate limit, obeyed before it is enforced: calls weigh something, and a minute holds so much."""

import asyncio
from collections.abc import Mapping

from arena.kit.clock import wall_now
from arena.kit.errors import Unavailable

WINDOW_S = 60
PER_WINDOW = 6_000
SHARE = 0.8
"""How much of it we use: others may call from the same address."""
WAIT_S_MAX = 300


class WeightSpent(Unavailable):
    """The exchange's rate limit leaves no room for {seconds} s; calls go on by themselves then."""


class Budget:
    """What is left of the running minute, by our own count and by what the answers' headers say."""

    def __init__(self) -> None:
        self._window = 0
        self._used = 0
        self._banned_until_s = 0

    async def spend(self, weight: int) -> None:
        """Waits until the window has room. Raises WeightSpent where that would take more than five minutes."""
        while (pause_s := self._pause_s(weight)) > 0:
            if pause_s > WAIT_S_MAX:
                raise WeightSpent(seconds=round(pause_s))
            await asyncio.sleep(pause_s)
        self._used += weight

    def told(self, status: int, headers: Mapping[str, str]) -> None:
        """What an answer says of the weight used, and of how long to stay away."""
        used = headers.get("x-mbx-used-weight-1m", "")
        if used.isdigit():
            self._used = max(self._used, int(used))
        if status in (418, 429):
            after = headers.get("retry-after", "")
            seconds = int(after) if after.isdigit() else WINDOW_S
            self._banned_until_s = max(self._banned_until_s, _now_s() + seconds)

    def _pause_s(self, weight: int) -> float:
        now = wall_now().timestamp()
        if now < self._banned_until_s:
            return self._banned_until_s - now
        window = int(now // WINDOW_S)
        if window != self._window:
            self._window, self._used = window, 0
        if self._used + weight <= PER_WINDOW * SHARE:
            return 0
        return (window + 1) * WINDOW_S - now


def _now_s() -> int:
    return int(wall_now().timestamp())
