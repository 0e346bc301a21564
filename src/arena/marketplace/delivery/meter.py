"""Counts each caller's pulls by the minute, in memory and cheaply, and says what is left."""

from math import ceil

from arena.kit.clock import monotonic_s
from arena.marketplace.delivery.model import TooManyPulls

WINDOW_S = 60
CALLERS_MAX = 50_000
Headers = list[tuple[bytes, bytes]]


class Meter:
    """`quota` calls a minute for each caller; 0 counts nothing."""

    def __init__(self, quota: int, policy: str) -> None:
        self._quota = quota
        self._policy = f'"{policy}";q={quota};w={WINDOW_S}'.encode()
        self._name = f'"{policy}"'.encode()
        self._windows: dict[str, list[float]] = {}  # caller -> [when it ends, calls so far]

    def spend(self, caller: str, now: float) -> Headers:
        """Counts a call; returns the RateLimit headers. Raises TooManyPulls."""
        if not self._quota:
            return []
        window = self._windows.get(caller)
        if window is None or now >= window[0]:
            if len(self._windows) >= CALLERS_MAX:
                self._windows = {c: w for c, w in self._windows.items() if now < w[0]}
            window = self._windows[caller] = [now + WINDOW_S, 0]
        window[1] += 1
        left, reset_s = self._quota - int(window[1]), ceil(window[0] - now)
        headers = [
            (b"ratelimit-policy", self._policy),
            (b"ratelimit", b"%s;r=%d;t=%d" % (self._name, max(left, 0), reset_s)),
        ]
        if left < 0:
            plain = {name.decode(): value.decode() for name, value in headers}
            raise TooManyPulls(quota=self._quota, retry_after_s=reset_s, headers=plain)
        return headers

    def exhausted(self, caller: str) -> bool:
        """Whether the caller has used up this minute's calls; counts nothing."""
        window = self._windows.get(caller)
        return (
            bool(self._quota) and window is not None
            and window[1] >= self._quota and monotonic_s() < window[0]
        )  # fmt: skip
