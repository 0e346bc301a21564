"""What delivery works with: an ask for signals, tier classes, close codes, and the ways of being refused."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum

from arena.kit.errors import ArenaError, NotFound, Refused, Unauthenticated, Unavailable

LIMIT_DEFAULT = 50
SEQUENCE_MAX = 2**62
FEEDS_MAX = 50  # one socket may follow this many feeds


class CloseCode(IntEnum):
    """Why a stream was closed; 4000 and above are ours (RFC 6455 section 7.4.2)."""

    GOING_AWAY = 1001
    TRY_AGAIN = 1013
    BAD_ASK = 4400
    UNAUTHENTICATED = 4401
    NOT_ENTITLED = 4403
    NO_SUCH_MODEL = 4404
    SLOW_READER = 4408
    TOO_MANY = 4429


@dataclass(frozen=True, slots=True)
class Ask:
    """Which signals a caller wants: of one model, after a sequence (None: only what is to come)."""

    model_id: str
    after: int | None = None
    limit: int = LIMIT_DEFAULT


@dataclass(frozen=True, slots=True)
class Grant:
    """An entitlement as it stood when last asked for. `until` is product time, None without an end. `delay` is that of
    a free follower, `right_id` what it stands on; None for an owner."""

    feed_id: str
    tier: str
    until: datetime | None
    delay: timedelta | None = None
    right_id: str | None = None

    @property
    def live(self) -> bool:
        """Whether every signal is given the moment it is published, with its rationale; Basic's and free ones come
        later and without."""
        return self.tier not in ("basic", "free")

    @property
    def daily(self) -> bool:
        """Basic gets whole days, when they are over."""
        return self.tier == "basic"

    def reach(self, now: datetime) -> datetime | None:
        """Signals issued before this moment are given; None for all. Basic's ends at the last midnight; a free one's
        at the last whole minute that lies its delay back, so that one page serves everybody for a minute."""
        if self.tier == "basic":
            return midnight_before(now)
        if self.tier == "free":
            assert self.delay is not None, "a free follower without a delay"
            return (now.astimezone(UTC) - self.delay).replace(second=0, microsecond=0)
        return None

    def holds_at(self, now: datetime) -> bool:
        """Half-open: at `until` itself it has ended."""
        return self.until is None or now < self.until


class NoSuchModel(NotFound):
    """There is no feed or listing {model_id}; GET /market/listings shows what can be subscribed to."""


class BadAsk(Refused):
    """Ask with model_id=<feed or listing>, after=<sequence or the cursor `next`> and limit=1 to 500."""


class KeyUnproven(Unauthenticated):
    """Prove who you are within 5 s of connecting: an Authorization header, a signed handshake, or the
    first message {"type": "auth", "key": "ak_…"}."""


class TooManySockets(Unavailable):
    """You hold {held} streams, the most one caller may have; close one, or follow several models in one."""

    status = 429
    retry_after_s = 5


class TooManyPulls(Unavailable):
    """You asked more than {quota} times in this minute; wait {retry_after_s} s, or use the stream."""

    status = 429


def midnight_before(now: datetime) -> datetime:
    """The last UTC midnight at or before `now`: where Basic's view ends."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def close_code(refused: ArenaError) -> CloseCode:
    """The code a stream closes with where a call would have been refused."""
    return {
        400: CloseCode.BAD_ASK,
        401: CloseCode.UNAUTHENTICATED,
        404: CloseCode.NO_SUCH_MODEL,
        422: CloseCode.BAD_ASK,
        429: CloseCode.TOO_MANY,
        503: CloseCode.TRY_AGAIN,
    }.get(refused.status, CloseCode.NOT_ENTITLED)
