"""How fast an account places orders: windows of ten seconds and of a day, as exchanges count them."""

from dataclasses import dataclass
from datetime import datetime

from arena.kit.clock import from_ms, to_ms

TEN_SECONDS_MS, DAY_MS = 10_000, 86_400_000


@dataclass(slots=True)
class Pace:
    """Counts of one account, kept by whoever takes its orders. Windows begin at whole multiples of their length since
    1970 (product time, UTC), so a day's begins at midnight. An order counts from when it was taken, whatever becomes of
    it; a refused one does not count."""

    window_10s: int = -1
    window_day: int = -1
    in_10s: int = 0
    in_day: int = 0

    def counts(self, at: datetime) -> tuple[int, int]:
        """(orders in these ten seconds, orders today)."""
        self._turn(at)
        return self.in_10s, self.in_day

    def add(self, at: datetime, orders: int = 1) -> None:
        self._turn(at)
        self.in_10s += orders
        self.in_day += orders

    @staticmethod
    def begins(at: datetime) -> tuple[datetime, datetime]:
        """When the day, and when the ten seconds of `at` began."""
        ms = to_ms(at)
        return from_ms(ms - ms % DAY_MS), from_ms(ms - ms % TEN_SECONDS_MS)

    def _turn(self, at: datetime) -> None:
        ms = to_ms(at)
        window_10s, window_day = ms // TEN_SECONDS_MS, ms // DAY_MS
        if window_10s != self.window_10s:
            self.window_10s, self.in_10s = window_10s, 0
        if window_day != self.window_day:
            self.window_day, self.in_day = window_day, 0
