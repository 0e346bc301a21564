"""The exchange's clock as we know it: measured over the wire, kept by a clock of ours that never jumps.

A signed request bears the exchange's time, so one whose clock differs from ours by more than a second or so is refused.
Measured as in the network time protocol: the exchange's answer belongs to the middle of the round trip, and the
quickest of a few round trips is believed.
"""

from collections.abc import Awaitable, Callable

from arena.kit.clock import monotonic_s, to_ms, wall_now

SAMPLES = 3
STALE_S = 600


class ClockOffset:
    """Before the first measurement the exchange's clock is taken to be ours."""

    def __init__(self) -> None:
        self._exchange_ms = to_ms(wall_now())
        self._at_s = monotonic_s()
        self._measured = False
        self.round_trip_ms: int | None = None

    @property
    def stale(self) -> bool:
        return not self._measured or monotonic_s() - self._at_s > STALE_S

    def doubt(self) -> None:
        """The exchange refused our time: measure before the next signed request."""
        self._measured = False

    def now_ms(self) -> int:
        return self._exchange_ms + round((monotonic_s() - self._at_s) * 1000)

    def offset_ms(self) -> int | None:
        """How far the exchange's clock is ahead of our wall clock; None before it was measured."""
        return self.now_ms() - to_ms(wall_now()) if self._measured else None

    async def measure(self, ask: Callable[[], Awaitable[int]]) -> None:
        """`ask` gives the exchange's time in ms since 1970. Raises what it raises where no answer comes."""
        best: tuple[int, int, float] | None = None
        for _ in range(SAMPLES):
            sent_s = monotonic_s()
            server_ms = await ask()
            round_trip_ms = round((monotonic_s() - sent_s) * 1000)
            if best is None or round_trip_ms < best[0]:
                best = round_trip_ms, server_ms, sent_s
        assert best is not None, "at least one sample was taken"
        self.round_trip_ms, server_ms, self._at_s = best
        self._exchange_ms = server_ms - self.round_trip_ms // 2
        self._measured = True
