"""A circuit breaker: after a run of failures an exchange is left alone for a while, then tried with one call."""

from collections.abc import Callable
from typing import Literal

from arena.kit.clock import monotonic_s

State = Literal["well", "resting", "probing"]
FAILURES_MAX = 5
REST_S_MIN, REST_S_MAX = 2, 60


class Breaker:
    """Failures are silence and absence; an exchange that refuses an order is well.

    well -> resting after FAILURES_MAX failures in a row; resting -> probing when its rest is over; probing -> well by
    one answer, -> resting (twice as long, up to a minute) by one more failure.
    """

    def __init__(self, clock_s: Callable[[], float] = monotonic_s) -> None:
        self._clock_s = clock_s
        self._failures = 0
        self._rest_s = REST_S_MIN
        self._until_s = 0.0
        self.state: State = "well"

    def admits(self) -> bool:
        """Whether a call may go out now. While probing only the first one may."""
        if self.state == "well":
            return True
        if self.state == "resting" and self._clock_s() >= self._until_s:
            self.state = "probing"
            return True
        return False

    def rest_left_s(self) -> int:
        return max(1, round(self._until_s - self._clock_s()))

    def succeeded(self) -> None:
        self.state, self._failures, self._rest_s = "well", 0, REST_S_MIN

    def abandoned(self) -> None:
        """The probe was called off before anything could be learnt: the next call is the probe."""
        if self.state == "probing":
            self.state, self._until_s = "resting", self._clock_s()

    def failed(self) -> None:
        self._failures += 1
        if self.state == "probing":
            self._rest_s = min(self._rest_s * 2, REST_S_MAX)
        elif self.state != "well" or self._failures < FAILURES_MAX:
            return
        self.state = "resting"
        self._until_s = self._clock_s() + self._rest_s
