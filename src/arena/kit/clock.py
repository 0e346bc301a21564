"""Time. Business lives on the product clock, security on the wall clock; nobody else asks the time.

The product clock may be a tape that is replayed faster than real time: burn-in, billing periods and
signal validity all follow it. Signatures, sessions and rate limits follow the wall clock.
All datetimes are aware and UTC.
"""

import time
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


class Clock(Protocol):
    def now(self) -> datetime:
        """The product's time, aware, UTC."""
        ...


class WallClock:
    """The product clock of a live arena: the time on the wall."""

    def now(self) -> datetime:
        return wall_now()


class TapeClock:
    """The product clock of a replay: stands still until the tape moves it, and never goes back."""

    def __init__(self, at: datetime) -> None:
        self._at = _aware(at)

    def now(self) -> datetime:
        return self._at

    def move_to(self, at: datetime) -> None:
        self._at = max(self._at, _aware(at))


def wall_now() -> datetime:
    return datetime.now(UTC)


def wall_today() -> date:
    """The UTC day on the wall: real money is spent by it, however fast a tape is played."""
    return wall_now().date()


def monotonic_s() -> float:
    """Seconds of a clock that never jumps, for durations and timeouts."""
    return time.monotonic()


def iso_ms(at: datetime) -> str:
    """RFC 3339 in UTC with milliseconds and Z, the one spelling used in everything signed."""
    return (
        _aware(at).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
    )


def from_iso(text: str) -> datetime:
    """Parses RFC 3339; raises ValueError where the text has no time zone."""
    return _aware(datetime.fromisoformat(text)).astimezone(UTC)


def from_ms(ms: int) -> datetime:
    return _EPOCH + ms * _MS


def to_ms(at: datetime) -> int:
    since = _aware(at) - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000 + since.microseconds // 1_000


def _aware(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"{at} has no time zone; the arena keeps aware UTC times only")
    return at
